/*
 * cli/help.c - see help.h.
 */
#include "help.h"

#include <billfold/base/roff.h>

#include <stdlib.h>
#include <sysexits.h>

#include "config.h"

enum { LINE = 79 };

const struct cli_status cli_statuses[] = {
	{ EXIT_SUCCESS, "done" },
	{ EXIT_FAILURE, "refused: not there, in another state, or a check found something" },
	{ EX_USAGE, "wrong usage" },
	{ EX_DATAERR, "wrong values" },
	{ EX_UNAVAILABLE, "a server is not to be reached" },
	{ EX_IOERR, "the output cannot be written" },
	{ EX_TEMPFAIL, "busy: try again" },
	{ EX_NOPERM, "not permitted" },
	{ EX_CONFIG, "wrong configuration" },
	{ 0, NULL },
};

/* "tenant show SLUG [OPTION...]" */
static void
show_usage(const struct cli_command *cmd)
{
	fputs(cmd->words, stdout);
	for (const struct cli_option *o = cmd->options; o->name; o++) {
		if (o->flags & CLI_WORD)
			printf(o->flags & CLI_REQUIRED ? " %s" : " [%s]", o->arg);
	}
	for (const struct cli_option *o = cmd->options; o->name; o++) {
		if ((o->flags & CLI_REQUIRED) && !(o->flags & CLI_WORD))
			printf(" --%s=%s", o->name, o->arg);
	}
	fputs(" [OPTION...]", stdout);
}

static void
each_line(const char *lines, void (*one)(struct str line))
{
	struct str rest = str_from(lines);

	while (rest.len) {
		struct str line = str_cut(rest, '\n', &rest);

		one(line);
	}
}

/* A line that goes on from the one before starts with a blank. */
static void
print_example(struct str line)
{
	printf("  %s" STR_FMT "\n", line.p[0] == ' ' ? "" : "billfold ", STR_ARG(line));
}

/* Words in lines of up to 79 characters. */
static void
print_wrapped(const char *text)
{
	struct str rest = str_from(text);
	size_t at = 0;

	while (rest.len) {
		struct str word = str_cut(rest, ' ', &rest);

		if (at && at + 1 + word.len > LINE) {
			putchar('\n');
			at = 0;
		}
		at += (size_t)printf("%s" STR_FMT, at ? " " : "", STR_ARG(word));
	}
	putchar('\n');
}

void
help_command(const struct cli_command *cmd)
{
	printf("Usage: billfold ");
	show_usage(cmd);
	printf("\n");
	print_wrapped(cmd->doc);
	if (cmd->more)
		print_wrapped(cmd->more);
	printf("\n");
	for (const struct cli_option *o = cmd->options; o->name; o++) {
		char head[64];

		snprintf(head, sizeof(head), "--%s%s%s", o->name, o->arg ? "=" : "",
			 o->arg ? o->arg : "");
		printf("  %-24s %s%s\n", head, o->doc,
		       o->flags & CLI_REQUIRED ? " (required)" : "");
	}
	printf("  %-24s %s\n", "--config=FILE", "The configuration; also -c FILE.");
	printf("  %-24s %s\n", "--json", "Answer with one JSON object.");
	if (cmd->examples) {
		printf("\nExamples:\n");
		each_line(cmd->examples, print_example);
	}
}

void
help_commands(FILE *to)
{
	for (size_t i = 0; cli_commands[i]; i++)
		fprintf(to, "  %-16s %s\n", cli_commands[i]->words, cli_commands[i]->doc);
}

/* ---- the manual ---- */

static void
roff_example(struct str line)
{
	char text[256];

	snprintf(text, sizeof(text), "%s" STR_FMT, line.p[0] == ' ' ? "" : "billfold ",
		 STR_ARG(line));
	roff_text(stdout, text);
	putchar('\n');
}

static void
roff_options(const struct cli_command *cmd)
{
	for (const struct cli_option *o = cmd->options; o->name; o++) {
		printf(".TP\n\\fB\\-\\-");
		roff_text(stdout, o->name);
		printf("\\fR");
		if (o->arg)
			printf("=\\fI%s\\fR", o->arg);
		putchar('\n');
		roff_text(stdout, o->doc);
		printf("%s\n", o->flags & CLI_REQUIRED ? " Required." : "");
	}
}

static void
roff_command(const struct cli_command *cmd)
{
	printf(".SS \"%s\"\n.PP\n\\fBbillfold\\fR ", cmd->words);
	show_usage(cmd);
	printf("\n.PP\n");
	roff_text(stdout, cmd->doc);
	if (cmd->more) {
		putchar('\n');
		roff_text(stdout, cmd->more);
	}
	putchar('\n');
	roff_options(cmd);
	if (cmd->examples) {
		printf(".PP\n.nf\n");
		each_line(cmd->examples, roff_example);
		printf(".fi\n");
	}
}

void
help_manual(void)
{
	printf(".TH BILLFOLD 1 \"\" \"Billfold %s\" \"Billfold\"\n", PACKAGE_VERSION);
	printf(".SH NAME\nbillfold \\- the command line of those who run an installation\n");
	printf(".SH SYNOPSIS\n\\fBbillfold\\fR [\\fB\\-c\\fR \\fIFILE\\fR] [\\fB\\-\\-json\\fR] "
	       "\\fICOMMAND\\fR [\\fIOPTION\\fR...]\n");
	printf(".SH DESCRIPTION\nMakes and looks after tenants, people, programs and jobs, and "
	       "tells whether all is well. It signs in to the database by roles of its own and "
	       "names the operator who runs it in the trail. Results go to standard output, "
	       "progress and errors to standard error. Secrets come in by standard input, never "
	       "as an argument, where every process could read them.\n");
	printf(".SH OPTIONS\n.TP\n\\fB\\-c\\fR, \\fB\\-\\-config\\fR=\\fIFILE\\fR\n"
	       "The configuration; else ");
	roff_text(stdout, BILLFOLD_SYSCONFDIR "/billfold/billfold.conf");
	printf(".\n.TP\n\\fB\\-\\-json\\fR\nAnswer with one JSON object; an error is one too, on "
	       "standard error.\n");
	printf(".SH COMMANDS\n");
	for (size_t i = 0; cli_commands[i]; i++)
		roff_command(cli_commands[i]);
	printf(".SH \"EXIT STATUS\"\n");
	for (const struct cli_status *s = cli_statuses; s->doc; s++)
		printf(".TP\n%d\n%s\n", s->status, s->doc);
	printf(".SH \"SEE ALSO\"\n\\fBbillfold.conf\\fR(5), \\fBbillfold\\-api\\fR(8)\n");
}
