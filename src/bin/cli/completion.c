/*
 * cli/completion.c - bash's completion of billfold(1), made from the table of commands.
 */
#include "help.h"

/* What bash calls: the words of the command so far are looked up in the two tables that follow. */
static const char head[] =
    "# bash completion for billfold, made by `billfold --completion' from its commands.\n"
    "\n"
    "_billfold() {\n"
    "\tlocal word cur=${COMP_WORDS[COMP_CWORD]} said= next= options= i\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tword=${COMP_WORDS[i]}\n"
    "\t\tcase $word in\n"
    "\t\t=) ((i++)) ;;\n"
    "\t\t-c | --config) [[ ${COMP_WORDS[i + 1]} == = ]] || ((i++)) ;;\n"
    "\t\t-*) ;;\n"
    "\t\t*) said+=\"$word \" ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\t# A value: a file's name, by bash itself.\n"
    "\tcase ${COMP_WORDS[COMP_CWORD - 1]} in = | -c | --config) return ;; esac\n"
    "\t[[ $cur == = ]] && return\n"
    "\tcase $said in\n";

static const char foot[] =
    "\tesac\n"
    "\tif [[ $cur == -* ]]; then next=$options; fi\n"
    "\tmapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"$cur\")\n"
    "\tif [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi\n"
    "}\n"
    "complete -o default -F _billfold billfold\n";

static struct str
first_word(const struct cli_command *cmd, struct str *ret_rest)
{
	return str_cut(str_from(cmd->words), ' ', ret_rest);
}

/* Whether a command before this one has the same first word: they stand together in the table. */
static bool
goes_on(size_t i)
{
	struct str rest;

	return i > 0 &&
	       str_eq(first_word(cli_commands[i - 1], &rest), first_word(cli_commands[i], &rest));
}

static void
print_first_words(void)
{
	struct str rest;

	printf("\t'') options='-c --config= --json --help --version' next='");
	for (size_t i = 0; cli_commands[i]; i++) {
		if (!goes_on(i))
			printf("%s" STR_FMT, i ? " " : "",
			       STR_ARG(first_word(cli_commands[i], &rest)));
	}
	printf("' ;;\n");
}

static void
print_second_words(size_t i)
{
	struct str rest, word = first_word(cli_commands[i], &rest);

	if (goes_on(i) || rest.len == 0)
		return;
	printf("\t'" STR_FMT " ') next='" STR_FMT, STR_ARG(word), STR_ARG(rest));
	for (i++; cli_commands[i] && goes_on(i); i++) {
		first_word(cli_commands[i], &rest);
		printf(" " STR_FMT, STR_ARG(rest));
	}
	printf("' ;;\n");
}

static void
print_options(const struct cli_command *cmd)
{
	printf("\t'%s '*) options='", cmd->words);
	for (const struct cli_option *o = cmd->options; o->name; o++)
		printf("--%s%s ", o->name, o->flags & CLI_FLAG ? "" : "=");
	printf("--config= --json --help' ;;\n");
}

void
help_completion(void)
{
	fputs(head, stdout);
	print_first_words();
	for (size_t i = 0; cli_commands[i]; i++)
		print_second_words(i);
	for (size_t i = 0; cli_commands[i]; i++)
		print_options(cli_commands[i]);
	fputs(foot, stdout);
}
