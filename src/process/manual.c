/*
 * manual.c - see manual.h. All of it comes from the program's table of keys, so that none of it is
 * written twice.
 */
#include "config.h"

#include "manual.h"

#include <billfold/base/roff.h>

enum { HELP_MAX = 65536 };

static const char signals_text[] =
    "SIGHUP reads the configuration again and changes the workers one by one; SIGTERM drains; "
    "SIGQUIT stops at once.";

static const char *
default_text(const struct config_key *k)
{
	if (!k->def)
		return "required";
	return k->def[0] ? k->def : "empty";
}

const char *
manual_help(const struct service *s, struct arena *a)
{
	struct sb sb;

	sb_init(&sb, a, HELP_MAX);
	sb_addf(&sb, "%s\v", s->doc);
	sb_addz(&sb, "Keys of the configuration file, with their defaults:\n");
	for (const struct config_key *k = s->config; k->name; k++)
		sb_addf(&sb, "\n  %s (%s): %s", k->name, default_text(k), k->doc);
	sb_addf(&sb, "\n\n%s", signals_text);
	return sb_z(&sb);
}

void
manual_page(const struct service *s)
{
	printf(".TH ");
	for (const char *p = s->name; *p; p++)
		putchar(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
	/* Ragged: the path of an installation may be longer than a line can be filled for. */
	printf(" 8 \"\" \"Billfold %s\" \"Billfold\"\n.ad l\n.SH NAME\n", PACKAGE_VERSION);
	roff_text(stdout, s->name);
	printf(" \\- ");
	roff_text(stdout, s->doc);
	printf("\n.SH SYNOPSIS\n\\fB");
	roff_text(stdout, s->name);
	printf("\\fR [\\fB\\-c\\fR \\fIFILE\\fR]\n.SH DESCRIPTION\n");
	roff_text(stdout, s->doc);
	printf("\nA supervisor keeps a number of worker processes and renews them; all of them may "
	       "be killed at any moment without losing anything.\n"
	       ".SH OPTIONS\n.TP\n\\fB\\-c\\fR, \\fB\\-\\-config\\fR=\\fIFILE\\fR\n"
	       "Read this configuration file instead of ");
	roff_text(stdout, BILLFOLD_SYSCONFDIR "/billfold/billfold.conf");
	printf(".\n.SH \"CONFIGURATION FILE\"\nThe keys that it reads, each told in "
	       "\\fBbillfold.conf\\fR(5):\n.PP\n");
	for (const struct config_key *k = s->config; k->name; k++) {
		printf("\\fB%s\\fR%s\n", k->name, k[1].name ? "," : ".");
	}
	printf(".SH SIGNALS\n");
	roff_text(stdout, signals_text);
	printf(
	    "\n.SH \"EXIT STATUS\"\n78 when configuration or schema is not sound: it is not to be "
	    "started again before that is mended.\n"
	    ".SH \"SEE ALSO\"\n\\fBbillfold\\fR(1), \\fBbillfold.conf\\fR(5)\n");
}

void
manual_keys(const struct service *s)
{
	static const char *const types[] = { [CT_STR] = "text", [CT_INT] = "number" };

	for (const struct config_key *k = s->config; k->name; k++)
		printf("%s\t%s\t%s\t%s\t%s\n", s->name, k->name, types[k->type],
		       k->def ? k->def : "-", k->doc);
}
