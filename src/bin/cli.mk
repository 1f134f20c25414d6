# billfold, the command line: a table of commands, a file each in cli/.
bin_PROGRAMS += billfold
billfold_SOURCES = \
	src/bin/billfold.c \
	src/bin/cli/cli.c \
	src/bin/cli/cli.h \
	src/bin/cli/client_create.c \
	src/bin/cli/client_list.c \
	src/bin/cli/client_rotate.c \
	src/bin/cli/client_state.c \
	src/bin/cli/commands.c \
	src/bin/cli/completion.c \
	src/bin/cli/demo.c \
	src/bin/cli/doctor.c \
	src/bin/cli/doctor.h \
	src/bin/cli/doctor_files.c \
	src/bin/cli/doctor_host.c \
	src/bin/cli/export.c \
	src/bin/cli/help.c \
	src/bin/cli/help.h \
	src/bin/cli/import.c \
	src/bin/cli/job_list.c \
	src/bin/cli/job_show.c \
	src/bin/cli/migrate.c \
	src/bin/cli/operation.c \
	src/bin/cli/operation.h \
	src/bin/cli/tenant_create.c \
	src/bin/cli/tenant_list.c \
	src/bin/cli/tenant_state.c \
	src/bin/cli/user_create.c \
	src/bin/cli/user_list.c \
	src/bin/cli/user_reset.c \
	src/bin/cli/user_state.c \
	src/bin/registry.c \
	src/bin/registry.h
billfold_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/src/bin -DBILLFOLD_BINDIR='"$(bindir)"' $(JSONC_CFLAGS)
# import and export go through the tables that the API serves: what its program links.
billfold_LDADD = $(billfold_api_LDADD)
