/*
 * cli/help.h - what --help, the manual and bash's completion say, from the table of commands.
 */
#ifndef BILLFOLD_BIN_CLI_HELP_H
#define BILLFOLD_BIN_CLI_HELP_H

#include "cli.h"

#include <stdio.h>

void help_command(const struct cli_command *cmd);
/* A line a command, for `billfold --help'. */
void help_commands(FILE *to);
/* billfold(1), as roff. */
void help_manual(void);
/* What bash completes a line with: sourced, it knows commands and options. */
void help_completion(void);

/* What an exit status means. */
struct cli_status {
	int status;
	const char *doc;
};
extern const struct cli_status cli_statuses[];

#endif
