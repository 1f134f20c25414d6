/*
 * cli/cli.c - what the commands share: options, results, a way into the database.
 */
#include "cli.h"

#include <billfold/base/uuid.h>
#include <billfold/crypto.h>

#include <stdarg.h>

enum { LINE_MAX_BYTES = 4096, COLUMNS_MAX = 24 };

static int
option_index(const struct cli *c, const char *name)
{
	for (int i = 0; c->options[i].name; i++)
		if (strcmp(c->options[i].name, name) == 0)
			return i;
	/* A command asks for an option that it does not declare. */
	abort();
}

const char *
cli_value(const struct cli *c, const char *option)
{
	int i = option_index(c, option);

	return c->values[i] ? c->values[i] : c->options[i].def;
}

bool
cli_given(const struct cli *c, const char *option)
{
	return c->values[option_index(c, option)] != NULL;
}

const char *
cli_plain(struct arena *a, const char *text)
{
	char *z = arena_strdup(a, text);

	for (char *p = z; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
		/* U+0080 to U+009F: some terminals take them for ESC and a letter */
		else if (*p == '\xc2' && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0)
			p[0] = p[1] = ' ';
	}
	return z;
}

void
cli_result(struct cli *c, const char *key, const char *value)
{
	if (!c->json)
		printf("%s: %s\n", key, value ? cli_plain(c->arena, value) : "");
	else
		jw_kstr(&c->result, key, value);
}

void
cli_result_int(struct cli *c, const char *key, int64_t value)
{
	if (!c->json)
		printf("%s: %lld\n", key, (long long)value);
	else
		jw_kint(&c->result, key, value);
}

/* ---- rows ---- */

/* "2026-11-27 20:20:02.921783+00", as a session in UTC gives it, by RFC 3339. */
static const char *
instant_text(struct cli *c, const char *value)
{
	size_t n = strlen(value);
	char *z = arena_strdup(c->arena, value);

	if (n < 20 || strcmp(z + n - 3, "+00") != 0)
		return z;
	z[10] = 'T';
	z[n - 3] = 'Z';
	z[n - 2] = '\0';
	return z;
}

static void
json_cell(struct cli *c, const struct cli_column *column, const char *value)
{
	jw_key(&c->result, column->key);
	if (!value)
		jw_null(&c->result);
	else if (column->type == CLI_TEXT)
		jw_strz(&c->result, value);
	else if (column->type == CLI_TIME)
		jw_strz(&c->result, instant_text(c, value));
	else if (column->type == CLI_BOOL)
		jw_bool(&c->result, value[0] == 't');
	else
		jw_raw(&c->result, str_from(value));
}

/* In a line of its own or a table's; no value is a dash. */
static const char *
shown_cell(struct cli *c, const struct cli_column *column, const char *value)
{
	if (!value || !value[0])
		return "-";
	if (column->type == CLI_TIME)
		return arena_printf(c->arena, "%.19sZ", instant_text(c, value));
	if (column->type == CLI_BOOL)
		return value[0] == 't' ? "yes" : "no";
	return cli_plain(c->arena, value);
}

/* Code points: near enough to columns for names and words. */
static int
width(const char *z)
{
	int n = 0;

	for (; *z; z++)
		n += ((unsigned char)*z & 0xc0) != 0x80;
	return n;
}

static void
print_cell(const char *z, int to)
{
	fputs(z, stdout);
	for (int n = width(z); n < to; n++)
		putchar(' ');
}

static void
print_table(struct cli *c, const struct cli_column *columns, const struct flush *f, int stmt)
{
	int widths[COLUMNS_MAX] = { 0 }, n = flush_rows(f, stmt), last = 0;

	for (int k = 0; columns[k].key; k++) {
		if (columns[k].wide)
			continue;
		last = k;
		widths[k] = width(columns[k].key);
		for (int i = 0; i < n; i++) {
			int w = width(shown_cell(c, &columns[k], flush_value(f, stmt, i, k)));

			if (w > widths[k])
				widths[k] = w;
		}
	}
	for (int i = -1; i < n; i++) {
		for (int k = 0; columns[k].key; k++) {
			if (columns[k].wide)
				continue;
			print_cell(i < 0 ? columns[k].key
					 : shown_cell(c, &columns[k], flush_value(f, stmt, i, k)),
				   k == last ? 0 : widths[k] + 2);
		}
		putchar('\n');
	}
}

void
cli_result_rows(struct cli *c, const char *key, const struct cli_column *columns,
		const struct flush *f, int stmt)
{
	if (!c->json) {
		print_table(c, columns, f, stmt);
		return;
	}
	jw_key(&c->result, key);
	jw_array(&c->result);
	for (int i = 0; i < flush_rows(f, stmt); i++) {
		jw_object(&c->result);
		for (int k = 0; columns[k].key; k++)
			json_cell(c, &columns[k], flush_value(f, stmt, i, k));
		jw_end_object(&c->result);
	}
	jw_end_array(&c->result);
}

void
cli_result_row(struct cli *c, const struct cli_column *columns, const struct flush *f, int stmt)
{
	for (int k = 0; columns[k].key; k++) {
		const char *value = flush_value(f, stmt, 0, k);

		if (c->json)
			json_cell(c, &columns[k], value);
		else
			cli_result(c, columns[k].key, shown_cell(c, &columns[k], value));
	}
}

void
cli_progress(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	(void)c;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* Without its end; the beginning of one that does not fit is longer than any password may be. */
static int
read_line(struct cli *c, const char **ret, struct err *err)
{
	char *line = arena_alloc(c->arena, LINE_MAX_BYTES);

	if (!fgets(line, LINE_MAX_BYTES, stdin))
		return err_set(err, ERR_validation_failed, "Standard input is empty.");
	line[strcspn(line, "\r\n")] = '\0';
	*ret = line;
	return 0;
}

int
cli_password(struct cli *c, const char **ret_hash, struct err *err)
{
	const char *password = NULL;

	if (crypto_init(err) < 0 || read_line(c, &password, err) < 0 ||
	    password_check(str_from(password), c->arena, err) < 0)
		return -1;
	return password_hash(c->arena, str_from(password), ret_hash, err);
}

const char *
cli_conninfo(const struct cli *c, const char *role)
{
	return arena_printf(c->arena, "%s user=%s", c->config.database, role);
}

static void
free_db(void *db)
{
	db_free(db);
}

struct db *
cli_db(struct cli *c)
{
	struct db *db = db_new(cli_conninfo(c, "billfold_admin"), "billfold");

	arena_defer(c->arena, free_db, db);
	return db;
}

void
cli_enter_id(struct cli *c, struct db *db, const char *tenant, struct flush **ret)
{
	*ret = flush_new(db, c->arena);
	flush_begin(*ret);
	flush_addv(*ret, "SELECT business_now FROM api.enter($1::uuid, $2, $3, $4, -1, NULL)",
		   tenant, c->actor, NULL, uuid_new_z(c->arena), FLUSH_END);
}

int
cli_enter(struct cli *c, struct db *db, const char *slug, struct flush **ret, struct err *err)
{
	struct flush *look = flush_new(db, c->arena);
	int q = flush_addv(look, "SELECT t FROM tenant.door_slug($1) t", slug, FLUSH_END);

	if (flush_run(look, err) < 0)
		return -1;
	if (flush_rows(look, q) != 1)
		return err_set(err, ERR_not_found, "There is no tenant %s.", slug);
	cli_enter_id(c, db, flush_value(look, q, 0, 0), ret);
	return 0;
}
