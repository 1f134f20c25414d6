/*
 * cli/cli.c - what the commands share: options, results, a way into the database.
 */
#include "cli.h"

#include <billfold/base/uuid.h>

enum { LINE_MAX_BYTES = 4096 };

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

void
cli_result(struct cli *c, const char *key, const char *value)
{
	if (!c->json)
		printf("%s: %s\n", key, value ? value : "");
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

int
cli_read_line(struct cli *c, const char **ret, struct err *err)
{
	char *line = arena_alloc(c->arena, LINE_MAX_BYTES);

	if (!fgets(line, LINE_MAX_BYTES, stdin))
		return err_set(err, ERR_validation_failed, "Standard input is empty.");
	line[strcspn(line, "\r\n")] = '\0';
	*ret = line;
	return 0;
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

int
cli_enter(struct cli *c, struct db *db, const char *slug, struct flush **ret, struct err *err)
{
	struct flush *look = flush_new(db, c->arena);
	int q = flush_addv(look, "SELECT t FROM tenant.door_slug($1) t", slug, FLUSH_END);

	if (flush_run(look, err) < 0)
		return -1;
	if (flush_rows(look, q) != 1)
		return err_set(err, ERR_not_found, "There is no tenant %s.", slug);
	*ret = flush_new(db, c->arena);
	flush_begin(*ret);
	flush_addv(*ret, "SELECT business_now FROM api.enter($1::uuid, $2, $3, $4, -1, NULL)",
		   flush_value(look, q, 0, 0), c->actor, NULL, uuid_new_z(c->arena), FLUSH_END);
	return 0;
}
