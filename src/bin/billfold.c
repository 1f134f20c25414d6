/*
 * billfold - the command line for those who run an installation.
 *
 * billfold [-c FILE] [--json] COMMAND [WORD...] [OPTION...]
 *
 * Commands are a table (cli/commands.c); each has its file in cli/. This file reads the line, loads
 * the configuration, runs the command and says how it ended: cli/help.c has what an exit status
 * means.
 */
#include "cli/cli.h"
#include "cli/help.h"

#include <billfold/base/config.h>
#include <billfold/base/log.h>

#include <argp.h>
#include <getopt.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"

enum { ARGS_MAX = 64, RESULT_MAX = 64 << 20, KEY_JSON = 256, KEY_MANUAL, KEY_KEYS, KEY_COMPLETION };

static const struct config_key config_keys[] = {
	{ "database", CT_STR, NULL, offsetof(struct cli_config, database),
	  "libpq's conninfo, without a user" },
	{ "sql_dir", CT_STR, BILLFOLD_DATADIR "/sql", offsetof(struct cli_config, sql_dir),
	  "directory of migrations, functions and reference data" },
	{ "public_url", CT_STR, "", offsetof(struct cli_config, public_url),
	  "what links start with" },
	{ NULL },
};

struct globals {
	const char *config_file;
	bool config_named;
	bool json;
	int first; /* of the command's words */
};

/* ---- help ---- */

static char *
help_filter(int key, const char *text, void *input)
{
	char *out = NULL;
	size_t size;
	FILE *to;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)(uintptr_t)text;
	to = open_memstream(&out, &size);
	if (!to)
		abort();
	fprintf(to, "Commands:\n\n");
	help_commands(to);
	fprintf(to, "\n`billfold COMMAND --help' tells a command's words and options.\n\n"
		    "Exit status:\n\n");
	for (const struct cli_status *st = cli_statuses; st->doc; st++)
		fprintf(to, "  %-3d %s\n", st->status, st->doc);
	fclose(to);
	return out;
}

/* For billfold.conf(5): as every program prints its own. */
static void
print_keys(void)
{
	for (const struct config_key *k = config_keys; k->name; k++)
		printf("billfold\t%s\ttext\t%s\t%s\n", k->name, k->def ? k->def : "-", k->doc);
}

/* A result that went nowhere was not given: a secret that is shown once is lost with it. */
static int
written(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "billfold: standard output cannot be written\n");
	return EX_IOERR;
}

/* ---- the line before the command ---- */

static const struct argp_option global_options[] = {
	{ "config", 'c', "FILE", 0,
	  "configuration (" BILLFOLD_SYSCONFDIR "/billfold/billfold.conf)", 0 },
	{ "json", KEY_JSON, NULL, 0, "answer with one JSON object", 0 },
	{ "manual", KEY_MANUAL, NULL, OPTION_HIDDEN, "print billfold(1)", 0 },
	{ "keys", KEY_KEYS, NULL, OPTION_HIDDEN, "print the keys of the configuration file", 0 },
	{ "completion", KEY_COMPLETION, NULL, OPTION_HIDDEN, "print what bash completes with", 0 },
	{ 0 },
};

static error_t
global_option(int key, char *arg, struct argp_state *state)
{
	struct globals *g = state->input;

	switch (key) {
	case 'c':
		g->config_file = arg;
		g->config_named = true;
		return 0;
	case KEY_JSON:
		g->json = true;
		return 0;
	case KEY_MANUAL:
		help_manual();
		exit(written(EXIT_SUCCESS));
	case KEY_COMPLETION:
		help_completion();
		exit(written(EXIT_SUCCESS));
	case KEY_KEYS:
		print_keys();
		exit(written(EXIT_SUCCESS));
	case ARGP_KEY_ARG:
		/* The command's own line starts here. */
		g->first = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp global_argp = {
	.options = global_options,
	.parser = global_option,
	.args_doc = "COMMAND [OPTION...]",
	.doc = "Billfold's command line for those who run an installation."
	       "\v ",
	.help_filter = help_filter,
};

/* ---- the command's own line ---- */

static const struct cli_command *
command_find(int argc, char **argv, int first, int *ret_next)
{
	for (size_t i = 0; cli_commands[i]; i++) {
		struct str word, rest = str_from(cli_commands[i]->words);
		int at = first;

		for (; rest.len && at < argc; at++) {
			word = str_cut(rest, ' ', &rest);
			if (!str_eqz(word, argv[at])) {
				rest = STR("x");
				break;
			}
		}
		if (rest.len == 0) {
			*ret_next = at;
			return cli_commands[i];
		}
	}
	return NULL;
}

/* What the word goes on with, where commands begin with it. */
static int
unknown_command(const char *word)
{
	const char *between = ": it goes on with ";
	struct str rest;

	fprintf(stderr, "billfold: unknown command %s", word);
	for (size_t i = 0; cli_commands[i]; i++) {
		if (!str_eqz(str_cut(str_from(cli_commands[i]->words), ' ', &rest), word) ||
		    !rest.len)
			continue;
		fprintf(stderr, "%s" STR_FMT, between, STR_ARG(rest));
		between = ", ";
	}
	fprintf(stderr, "\nTry `billfold --help'.\n");
	return EX_USAGE;
}

static int
usage(const struct cli_command *cmd, const char *what, const char *name)
{
	fprintf(stderr, "billfold %s: %s %s\nTry `billfold %s --help'.\n", cmd->words, what, name,
		cmd->words);
	return EX_USAGE;
}

/* What getopt_long() answers: a word, an option that every command has, one of its own. */
enum { WORD = 1, EVERY_CONFIG = 'c', EVERY_HELP = 'h', EVERY_JSON = 256, OWN = 512 };

static int
longs_of(const struct cli_command *cmd, struct option longs[static ARGS_MAX])
{
	int n = 0;

	for (; cmd->options[n].name; n++)
		longs[n] = (struct option){ cmd->options[n].name,
					    cmd->options[n].flags & CLI_FLAG ? no_argument
									     : required_argument,
					    NULL, OWN + n };
	longs[n] = (struct option){ "help", no_argument, NULL, EVERY_HELP };
	longs[n + 1] = (struct option){ "json", no_argument, NULL, EVERY_JSON };
	longs[n + 2] = (struct option){ "config", required_argument, NULL, EVERY_CONFIG };
	return n;
}

/* A word without a name is the next of those that may come without. */
static bool
take_word(struct cli *c, const char *word)
{
	for (int i = 0; c->options[i].name; i++) {
		if ((c->options[i].flags & CLI_WORD) && !c->values[i]) {
			c->values[i] = word;
			return true;
		}
	}
	return false;
}

static int
check_required(const struct cli_command *cmd, struct cli *c)
{
	for (int i = 0; cmd->options[i].name; i++)
		if ((cmd->options[i].flags & CLI_REQUIRED) && !c->values[i])
			return usage(cmd, "missing option",
				     arena_printf(c->arena, "--%s", cmd->options[i].name));
	return -1;
}

/* -1: go on; else the exit status. */
static int
command_line(const struct cli_command *cmd, int argc, char **argv, struct cli *c, struct globals *g)
{
	struct option longs[ARGS_MAX] = { 0 };
	int n = longs_of(cmd, longs), key;

	c->options = cmd->options;
	c->values = arena_array(c->arena, (size_t)n + 1, sizeof(*c->values));
	optind = 1;
	opterr = 0;
	while ((key = getopt_long(argc, argv, "-:c:h", longs, NULL)) != -1) {
		if (key == EVERY_HELP) {
			help_command(cmd);
			return written(EXIT_SUCCESS);
		}
		if (key == EVERY_JSON) {
			c->json = true;
		} else if (key == EVERY_CONFIG) {
			g->config_file = optarg;
			g->config_named = true;
		} else if (key >= OWN) {
			c->values[key - OWN] = optarg ? optarg : "";
		} else if (key != WORD) {
			return usage(cmd, key == ':' ? "value is missing:" : "unknown option",
				     argv[optind - 1]);
		} else if (!take_word(c, optarg)) {
			return usage(cmd, "unexpected", optarg);
		}
	}
	/* What follows "--". */
	for (; optind < argc; optind++)
		if (!take_word(c, argv[optind]))
			return usage(cmd, "unexpected", argv[optind]);
	return check_required(cmd, c);
}

/* ---- how it ends ---- */

static int
exit_status(const struct err *err)
{
	switch (err->code) {
	case ERR_unavailable:
		return err->sqlstate[0] == '\0' || strncmp(err->sqlstate, "08", 2) == 0
			   ? EX_UNAVAILABLE
			   : EX_TEMPFAIL;
	case ERR_timeout:
		return EX_TEMPFAIL;
	case ERR_forbidden:
		return EX_NOPERM;
	default:
		return err_defs[err->code].status == 422 ? EX_DATAERR : EXIT_FAILURE;
	}
}

static void
say_error(struct cli *c, const struct err *err)
{
	struct jw w;

	if (!c->json) {
		fprintf(stderr, "billfold: %s\n",
			err->detail[0] ? cli_plain(c->arena, err->detail) : err_def(err)->title);
		for (const struct err_field *f = err->fields; f; f = f->next)
			fprintf(stderr, "  %s: %s\n", cli_plain(c->arena, f->pointer),
				cli_plain(c->arena, f->detail));
		if (err->cause[0])
			fprintf(stderr, "  cause: %s\n", cli_plain(c->arena, err->cause));
		return;
	}
	jw_init(&w, c->arena, RESULT_MAX);
	jw_object(&w);
	jw_kstr(&w, "code", err_def(err)->code);
	jw_kstr(&w, "detail", err->detail);
	jw_kstr(&w, "cause", err->cause);
	jw_key(&w, "errors");
	jw_array(&w);
	for (const struct err_field *f = err->fields; f; f = f->next) {
		jw_object(&w);
		jw_kstr(&w, "pointer", f->pointer);
		jw_kstr(&w, "code", f->code);
		jw_kstr(&w, "detail", f->detail);
		jw_end_object(&w);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	fprintf(stderr, "%s\n", sb_z(&w.sb));
}

static const char *
operator_name(struct arena *a)
{
	const struct passwd *pw = getpwuid(getuid());

	return arena_printf(a, "operator:%s", pw ? pw->pw_name : "unknown");
}

static int
load_config(struct cli *c, const struct globals *g, const struct cli_command *cmd)
{
	struct err err = { 0 };

	c->config.sql_dir = BILLFOLD_DATADIR "/sql";
	if (cmd->loads_config)
		return 0;
	/* A first migrate may come before any configuration. */
	if (!cmd->needs_config && !g->config_named && access(g->config_file, R_OK) != 0)
		return 0;
	if (config_load(g->config_file, config_keys, &c->config, c->arena, &err) == 0)
		return 0;
	say_error(c, &err);
	return -1;
}

static int
command_run(const struct cli_command *cmd, struct cli *c)
{
	struct err err = { 0 };

	jw_init(&c->result, c->arena, RESULT_MAX);
	jw_object(&c->result);
	if (cmd->run(c, &err) < 0) {
		say_error(c, &err);
		return exit_status(&err);
	}
	jw_end_object(&c->result);
	if (c->json && !sb_ok(&c->result.sb)) {
		err_set(&err, ERR_internal, "The result is larger than %d bytes.", RESULT_MAX);
		say_error(c, &err);
		return EXIT_FAILURE;
	}
	if (c->json)
		printf("%s\n", sb_z(&c->result.sb));
	return written(c->status);
}

int
main(int argc, char **argv)
{
	struct globals g = { .config_file = BILLFOLD_SYSCONFDIR "/billfold/billfold.conf" };
	struct cli c = { 0 };
	const struct cli_command *cmd;
	int next = 0, status;

	/* In a log, what was done stands before what went wrong. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	argp_program_version = PACKAGE_STRING;
	argp_err_exit_status = EX_USAGE;
	argp_parse(&global_argp, argc, argv, ARGP_IN_ORDER, NULL, &g);
	log_open("billfold", LOG_WARN);
	cmd = command_find(argc, argv, g.first, &next);
	if (!cmd)
		return unknown_command(argv[g.first]);
	c.arena = arena_new(0);
	c.json = g.json;
	c.actor = operator_name(c.arena);
	argv[next - 1] = argv[0];
	status = command_line(cmd, argc - next + 1, argv + next - 1, &c, &g);
	c.config_file = g.config_file;
	if (status < 0)
		status = load_config(&c, &g, cmd) < 0 ? EX_CONFIG : command_run(cmd, &c);
	arena_free(c.arena);
	return status;
}
