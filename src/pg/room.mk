noinst_LIBRARIES += libpg.a
libpg_a_SOURCES = \
	src/pg/array.c \
	src/pg/code.c \
	src/pg/db.c \
	src/pg/db.h \
	src/pg/flush.c \
	src/pg/migrate.c \
	src/pg/migrate.h \
	src/pg/order.c \
	src/pg/seed.c \
	src/pg/source.c \
	src/pg/sqlstate.c \
	src/pg/statement.c \
	src/pg/statement.h
nodist_libpg_a_SOURCES = src/pg/needed.c
libpg_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)

# The newest migration of the tree: what a program of this build needs of a schema. Looked at by every
# make, written only when it has changed; two makes that run at once (all and install) do not meet.
src/pg/needed.c: pg-needed
	@:
pg-needed:
	@$(MKDIR_P) src/pg; new=src/pg/needed.c.$$$$; \
	n=`ls $(top_srcdir)/sql/migrations | sed -n 's/^0*\([1-9][0-9]*\)_.*\.sql$$/\1/p' | sort -n | tail -n 1`; \
	{ echo '#include <billfold/pg.h>'; echo "const int migrate_needed = $$n;"; } >$$new; \
	if cmp -s $$new src/pg/needed.c; then rm -f $$new; else mv $$new src/pg/needed.c; fi
.PHONY: pg-needed
CLEANFILES += src/pg/needed.c
