noinst_LIBRARIES += libbilling.a
libbilling_a_SOURCES = \
	src/billing/line.c \
	src/billing/share.c src/billing/share.h \
	src/billing/discount.c \
	src/billing/tax.c \
	src/billing/tax_choose.c \
	src/billing/bill.c \
	src/billing/terms.c \
	src/billing/status.c \
	src/billing/allocate.c \
	src/billing/posting.c
libbilling_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
