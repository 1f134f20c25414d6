noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES = \
	src/catalog/coupon.c \
	src/catalog/plan.c \
	src/catalog/product.c \
	src/catalog/tax_rate.c
libcatalog_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
