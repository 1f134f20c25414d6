/*
 * source.c - what lies in the SQL directory.
 *
 *	migrations/NNNN_name.sql   in order, once
 *	code/SCHEMA/name.sql       one function or view, by its name
 *	seed/SCHEMA.TABLE.csv      reference data
 *	after/name.sql             run at the end of every migration
 *
 * A code file's comment lines say what ordering needs: `-- requires: schema.object, …` and
 * `-- phase: kernel`. A migration that must not run in a transaction says `-- outside a
 *transaction`.
 */
#include "migrate.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct sql_file *)a)->path, ((const struct sql_file *)b)->path);
}

int
source_text(struct migrate *m, const char *path, struct str *ret, struct err *err)
{
	const char *full = arena_printf(m->arena, "%s/%s", m->plan->sql_dir, path);
	FILE *in = fopen(full, "re");
	struct stat st;
	char *text;
	size_t size;

	if (!in || fstat(fileno(in), &st) < 0 || st.st_size > MIGRATE_FILE_MAX) {
		err_set(err, ERR_internal, "%s cannot be read: %s", full,
			in && errno == 0 ? "too large" : strerror(errno));
		if (in)
			fclose(in);
		return -1;
	}
	size = (size_t)st.st_size;
	text = arena_alloc(m->arena, size + 1);
	if (fread(text, 1, size, in) != size) {
		fclose(in);
		return err_set(err, ERR_internal, "%s cannot be read to its end", full);
	}
	fclose(in);
	*ret = (struct str){ text, size };
	if (!str_is_utf8(*ret))
		return err_set(err, ERR_internal, "%s is not UTF-8", full);
	return 0;
}

static bool
ends_with(const char *name, const char *ext)
{
	size_t n = strlen(name), e = strlen(ext);

	return n > e && strcmp(name + n - e, ext) == 0;
}

/* The names below a directory, without hidden ones; none when it does not exist. */
static void
names_in(struct migrate *m, const char *dir, const char *ext, file_vec *files)
{
	DIR *d = opendir(arena_printf(m->arena, "%s/%s", m->plan->sql_dir, dir));
	struct dirent *e;

	if (!d)
		return;
	while ((e = readdir(d))) {
		struct sql_file *f;

		if (e->d_name[0] == '.' || !ends_with(e->d_name, ext))
			continue;
		f = vec_push(m->arena, files);
		f->path = arena_printf(m->arena, "%s/%s", dir, e->d_name);
		f->object = arena_strndup(m->arena, e->d_name, strlen(e->d_name) - strlen(ext));
	}
	closedir(d);
}

static int
read_texts(struct migrate *m, file_vec *files, struct err *err)
{
	if (files->n)
		qsort(files->v, files->n, sizeof(*files->v), by_path);
	for (size_t i = 0; i < files->n; i++)
		if (source_text(m, files->v[i].path, &files->v[i].text, err) < 0)
			return -1;
	return 0;
}

static void
parse_requires(struct migrate *m, struct sql_file *f, struct str list)
{
	while (list.len) {
		struct str name = str_trim(str_cut(list, ',', &list));

		if (name.len)
			*vec_push(m->arena, &f->requires) = str_dup(m->arena, name);
	}
}

static void
parse_head(struct migrate *m, struct sql_file *f)
{
	struct str rest = f->text, requires = STR("-- requires:");

	while (rest.len) {
		struct str line = str_trim(str_cut(rest, '\n', &rest));

		if (str_starts(line, requires))
			parse_requires(m, f,
				       (struct str){ line.p + requires.len,
						     line.len - requires.len });
		else if (str_eq(line, STR("-- phase: kernel")))
			f->kernel = true;
		else if (str_eq(line, STR("-- outside a transaction")))
			f->alone = true;
		else if (str_starts(line, STR("CREATE VIEW")) ||
			 str_starts(line, STR("CREATE OR REPLACE VIEW")))
			f->view = true;
		else if (str_starts(line, STR("CREATE OR REPLACE FUNCTION")) ||
			 str_starts(line, STR("CREATE OR REPLACE PROCEDURE")))
			f->replaces = true;
	}
}

static int
read_migrations(struct migrate *m, struct err *err)
{
	names_in(m, "migrations", ".sql", &m->migrations);
	if (read_texts(m, &m->migrations, err) < 0)
		return -1;
	for (size_t i = 0; i < m->migrations.n; i++) {
		struct sql_file *f = &m->migrations.v[i];
		struct str name;
		int64_t number;

		if (!str_to_int(str_cut(str_from(f->object), '_', &name), 1, 9999, &number) ||
		    name.len == 0)
			return err_set(err, ERR_internal, "%s is not named NNNN_name.sql", f->path);
		f->number = (int)number;
		if (i && f[-1].number == f->number)
			return err_set(err, ERR_internal, "%s and %s have one number", f[-1].path,
				       f->path);
		parse_head(m, f);
	}
	if (m->migrations.n == 0)
		return err_set(err, ERR_internal, "%s has no migrations", m->plan->sql_dir);
	return 0;
}

static int
read_code(struct migrate *m, struct err *err)
{
	const char *full = arena_printf(m->arena, "%s/code", m->plan->sql_dir);
	DIR *d = opendir(full);
	struct dirent *e;

	if (!d)
		return err_set(err, ERR_internal, "%s: %s", full, strerror(errno));
	while ((e = readdir(d)))
		if (islower((unsigned char)e->d_name[0]))
			names_in(m, arena_printf(m->arena, "code/%s", e->d_name), ".sql", &m->code);
	closedir(d);
	if (read_texts(m, &m->code, err) < 0)
		return -1;
	for (size_t i = 0; i < m->code.n; i++) {
		struct sql_file *f = &m->code.v[i];
		struct str rest;
		struct str schema =
		    str_cut((struct str){ f->path + 5, strlen(f->path) - 5 }, '/', &rest);

		f->object = arena_printf(m->arena, STR_FMT ".%s", STR_ARG(schema), f->object);
		parse_head(m, f);
	}
	return 0;
}

int
source_read(struct migrate *m, struct err *err)
{
	if (read_migrations(m, err) < 0 || read_code(m, err) < 0)
		return -1;
	names_in(m, "seed", ".csv", &m->seeds);
	names_in(m, "after", ".sql", &m->after);
	return read_texts(m, &m->seeds, err) < 0 || read_texts(m, &m->after, err) < 0 ? -1 : 0;
}
