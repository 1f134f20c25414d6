# billfold, the command line: a table of commands, one file each in cli/.
bin_PROGRAMS += billfold
billfold_SOURCES = \
	src/bin/billfold.c \
	src/bin/cli/cli.c \
	src/bin/cli/cli.h \
	src/bin/cli/client_create.c \
	src/bin/cli/migrate.c \
	src/bin/cli/tenant_create.c \
	src/bin/cli/user_create.c
billfold_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
billfold_LDADD = libpg.a libcrypto.a libjson.a libbase.a \
	$(PQ_LIBS) $(JSONC_LIBS) $(CONFUSE_LIBS) $(SODIUM_LIBS) $(JWT_LIBS) $(CRYPTO_LIBS) $(OATH_LIBS)
