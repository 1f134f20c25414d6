/*
 * cli/cli.h - a command of `billfold`: its words, its options, what it does.
 *
 * One file a command, one row in billfold.c. A command prints its result through cli_result(), as
 * lines for people or, with --json, as one object; what goes wrong it returns as an error, and
 * billfold.c prints that and chooses the exit status.
 */
#ifndef BILLFOLD_BIN_CLI_H
#define BILLFOLD_BIN_CLI_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/json.h>
#include <billfold/pg.h>

struct cli_config {
	const char *database, *sql_dir, *public_url;
};

enum cli_option_flag { CLI_REQUIRED = 1, CLI_FLAG = 2 };

struct cli_option {
	const char *name; /* "time-zone" */
	const char *arg;  /* in the help: "ZONE"; NULL with CLI_FLAG */
	const char *def;  /* NULL: none */
	unsigned flags;
	const char *doc;
};

struct cli {
	struct arena *arena;
	struct cli_config config;
	bool json;
	const char *actor; /* "operator:NAME", for the trail */
	const struct cli_option *options;
	const char **values; /* one an option; NULL: not given */
	struct jw result;    /* an open object */
};

struct cli_command {
	const char *words;                /* "tenant create" */
	const struct cli_option *options; /* ended by a NULL name */
	bool needs_config;                /* the database key has to be there */
	int (*run)(struct cli *c, struct err *err);
	const char *doc;
};

/* The option's value, its default, or NULL; a flag that was given is "". */
const char *cli_value(const struct cli *c, const char *option);
bool cli_given(const struct cli *c, const char *option);
/* A member of the result. */
void cli_result(struct cli *c, const char *key, const char *value);
void cli_result_int(struct cli *c, const char *key, int64_t value);
/* The first line of standard input, without its end. */
int cli_read_line(struct cli *c, const char **ret, struct err *err);

/* database of the configuration with a role's name. */
const char *cli_conninfo(const struct cli *c, const char *role);
/* A connection of billfold_admin, freed with the arena. */
struct db *cli_db(struct cli *c);
/* BEGIN and api.enter for the tenant of a slug. */
int cli_enter(struct cli *c, struct db *db, const char *slug, struct flush **ret, struct err *err);

extern const struct cli_command cli_migrate, cli_tenant_create, cli_user_create, cli_client_create;

#endif
