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
	src/bin/cli/demo.c \
	src/bin/cli/doctor.c \
	src/bin/cli/doctor.h \
	src/bin/cli/doctor_files.c \
	src/bin/cli/doctor_host.c \
	src/bin/cli/help.c \
	src/bin/cli/help.h \
	src/bin/cli/job_list.c \
	src/bin/cli/job_show.c \
	src/bin/cli/migrate.c \
	src/bin/cli/tenant_create.c \
	src/bin/cli/tenant_list.c \
	src/bin/cli/tenant_state.c \
	src/bin/cli/user_create.c \
	src/bin/cli/user_list.c \
	src/bin/cli/user_reset.c \
	src/bin/cli/user_state.c
billfold_CPPFLAGS = $(AM_CPPFLAGS) -DBILLFOLD_BINDIR='"$(bindir)"' $(JSONC_CFLAGS)
billfold_LDADD = libdocument.a libauth.a libnet.a libredis.a libpg.a libcrypto.a libjson.a libbase.a \
	$(PQ_LIBS) $(HIREDIS_LIBS) $(CURL_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(SODIUM_LIBS) $(JWT_LIBS) $(CRYPTO_LIBS) $(OATH_LIBS)
