sbin_PROGRAMS += billfold-invoiced
billfold_invoiced_SOURCES = src/bin/invoiced.c src/bin/registry.c src/bin/registry.h
billfold_invoiced_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
# Long work goes through all resources: what the API's program links.
billfold_invoiced_LDADD = $(billfold_api_LDADD)
