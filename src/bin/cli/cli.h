/*
 * cli/cli.h - a command of `billfold`: its words, its options, what it does.
 *
 * One file a command, one row in commands.c. A command prints its result through cli_result(), as
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

/* CLI_WORD: also taken without its name, in the order of the table: `tenant show acme`. */
enum cli_option_flag { CLI_REQUIRED = 1, CLI_FLAG = 2, CLI_WORD = 4 };

struct cli_option {
	const char *name; /* "time-zone" */
	const char *arg;  /* in the help: "ZONE"; NULL with CLI_FLAG */
	const char *def;  /* NULL: none */
	unsigned flags;
	const char *doc;
};

struct cli {
	struct arena *arena;
	const char *config_file;
	struct cli_config config;
	bool json;
	const char *actor; /* "operator:NAME", for the trail */
	const struct cli_option *options;
	const char **values; /* one an option; NULL: not given */
	struct jw result;    /* an open object */
	int status;          /* exit status of a command that is done and found something */
};

struct cli_command {
	const char *words;                /* "tenant create" */
	const struct cli_option *options; /* ended by a NULL name */
	bool needs_config;                /* the database key has to be there */
	bool loads_config;                /* by itself, and says what is wrong with it */
	int (*run)(struct cli *c, struct err *err);
	const char *doc;      /* a line */
	const char *more;     /* what --help and the manual add; may be NULL */
	const char *examples; /* lines as one types them, without `billfold' */
};

/* The option's value, its default, or NULL; a flag that was given is "". */
const char *cli_value(const struct cli *c, const char *option);
bool cli_given(const struct cli *c, const char *option);
/* A text from outside for a terminal: what could move its cursor or steer it is blank. */
const char *cli_plain(struct arena *a, const char *text);
/* A member of the result. */
void cli_result(struct cli *c, const char *key, const char *value);
void cli_result_int(struct cli *c, const char *key, int64_t value);
/* Columns of a statement's result, in its order; ended by a NULL key. */
enum cli_type { CLI_TEXT, CLI_INT, CLI_BOOL, CLI_TIME, CLI_JSON };
struct cli_column {
	const char *key;
	enum cli_type type;
	bool wide; /* left out of a table for people */
};
/* A member that is a list: an aligned table for people, an array of objects. */
void cli_result_rows(struct cli *c, const char *key, const struct cli_column *columns,
		     const struct flush *f, int stmt);
/* Each column of the one row as a member of its own, wide ones too. */
void cli_result_row(struct cli *c, const struct cli_column *columns, const struct flush *f,
		    int stmt);
/* How far it is, for people who wait: a line on standard error. */
void cli_progress(struct cli *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The hash of a password that is the first line of standard input. */
int cli_password(struct cli *c, const char **ret_hash, struct err *err);

/* database of the configuration with a role's name. */
const char *cli_conninfo(const struct cli *c, const char *role);
/* A connection of billfold_admin, freed with the arena. */
struct db *cli_db(struct cli *c);
/* BEGIN and api.enter for the tenant of a slug, or of an id. */
int cli_enter(struct cli *c, struct db *db, const char *slug, struct flush **ret, struct err *err);
void cli_enter_id(struct cli *c, struct db *db, const char *tenant, struct flush **ret);

/* The commands, ended by NULL, and what each of them takes. */
extern const struct cli_command *const cli_commands[];
extern const struct cli_command cli_migrate, cli_tenant_list, cli_tenant_show, cli_tenant_create,
    cli_tenant_suspend, cli_tenant_resume, cli_user_list, cli_user_create, cli_user_disable,
    cli_user_enable, cli_user_reset, cli_client_list, cli_client_create, cli_client_rotate,
    cli_client_disable, cli_client_enable, cli_job_list, cli_job_show, cli_job_retry, cli_job_kinds,
    cli_doctor, cli_demo, cli_import, cli_export;

#endif
