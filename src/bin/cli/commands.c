/*
 * cli/commands.c - the table of commands, in the order in which help and manual tell of them.
 */
#include "cli.h"

/* clang-format off */
const struct cli_command *const cli_commands[] = {
	&cli_migrate,
	&cli_doctor,
	&cli_demo,
	&cli_tenant_list,
	&cli_tenant_show,
	&cli_tenant_create,
	&cli_tenant_suspend,
	&cli_tenant_resume,
	&cli_user_list,
	&cli_user_create,
	&cli_user_disable,
	&cli_user_enable,
	&cli_user_reset,
	&cli_client_list,
	&cli_client_create,
	&cli_client_rotate,
	&cli_client_disable,
	&cli_client_enable,
	&cli_import,
	&cli_export,
	&cli_job_list,
	&cli_job_show,
	&cli_job_retry,
	&cli_job_kinds,
	NULL,
};
/* clang-format on */
