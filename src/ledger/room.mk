noinst_LIBRARIES += libledger.a
libledger_a_SOURCES = \
	src/ledger/books.c \
	src/ledger/journal_entry.c \
	src/ledger/posting.c
libledger_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
