noinst_LIBRARIES += libcatalog.a
libcatalog_a_SOURCES = \
	src/catalog/coupon.c \
	src/catalog/plan.c \
	src/catalog/plan_impact.c \
	src/catalog/plan_reprice.c \
	src/catalog/price_reprice.c \
	src/catalog/reprice.c src/catalog/reprice.h \
	src/catalog/product.c \
	src/catalog/tax_rate.c
libcatalog_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
