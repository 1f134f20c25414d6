noinst_LIBRARIES += libledger.a
libledger_a_SOURCES = \
	src/ledger/books.c \
	src/ledger/journal_entry.c \
	src/ledger/posting.c \
	src/ledger/revaluation.c src/ledger/revaluation.h \
	src/ledger/revalue.c
libledger_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
