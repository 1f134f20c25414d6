/*
 * order.c - in what order functions and views are created.
 *
 * What a file requires comes before it; so does every function or view that the text of a view or
 * of an SQL function names, since the server looks at those when it creates them (at PL/pgSQL only
 * when it runs it). Otherwise functions come before views, each by name. A required name that no
 * file makes is a table or a mistake; the server tells.
 */
#include "migrate.h"

#include <ctype.h>

typedef VEC(struct sql_file *) order_vec;

static struct sql_file *
file_of(struct migrate *m, const char *object)
{
	for (size_t i = 0; i < m->code.n; i++)
		if (strcmp(m->code.v[i].object, object) == 0)
			return &m->code.v[i];
	return NULL;
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.';
}

/* Whether the text names the object outside of comments. */
static bool
names(const struct sql_file *f, const char *object)
{
	size_t len = strlen(object);

	for (const char *at = f->text.p; (at = strstr(at, object)); at += len) {
		const char *line = at;

		if (is_name(at[len]) || (at > f->text.p && is_name(at[-1])))
			continue;
		while (line > f->text.p && line[-1] != '\n')
			line--;
		if (strncmp(line, "--", 2) != 0)
			return true;
	}
	return false;
}

static bool
looked_at(const struct sql_file *f)
{
	return f->view || strstr(f->text.p, "LANGUAGE sql") || strstr(f->text.p, "language sql");
}

static int
visit(struct migrate *m, struct sql_file *f, order_vec *out, struct err *err)
{
	if (f->done)
		return 0;
	f->marked = true;
	for (size_t i = 0; i < f->requires.n; i++) {
		struct sql_file *needed = file_of(m, f->requires.v[i]);

		if (!needed)
			continue;
		if (needed->marked)
			return err_set(err, ERR_internal, "%s and %s require each other", f->path,
				       needed->path);
		if (visit(m, needed, out, err) < 0)
			return -1;
	}
	for (size_t i = 0; looked_at(f) && i < m->code.n; i++) {
		struct sql_file *other = &m->code.v[i];

		if (!other->done && !other->marked && names(f, other->object) &&
		    visit(m, other, out, err) < 0)
			return -1;
	}
	f->marked = false;
	f->done = true;
	*vec_push(m->arena, out) = f;
	return 0;
}

int
order_code(struct migrate *m, struct sql_file ***ret, struct err *err)
{
	order_vec out = { 0 };

	for (size_t i = 0; i < m->code.n; i++)
		m->code.v[i].done = m->code.v[i].marked = false;
	for (int views = 0; views < 2; views++)
		for (size_t i = 0; i < m->code.n; i++)
			if (m->code.v[i].view == (views == 1) &&
			    visit(m, &m->code.v[i], &out, err) < 0)
				return -1;
	*ret = out.v;
	return 0;
}
