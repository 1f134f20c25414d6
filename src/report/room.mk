noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = src/report/statement.c
libreport_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)
