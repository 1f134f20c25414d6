# Load: what `make bench` measures with (README.md). Its programs are compiled with the tests.
check_PROGRAMS += tests/load/echo tests/load/pdf tests/load/rate
tests_load_echo_SOURCES = tests/load/echo.c
tests_load_echo_LDADD = -lfcgi
tests_load_pdf_SOURCES = tests/load/pdf.c
tests_load_pdf_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_load_pdf_LDADD = libdocument.a libcrypto.a libjson.a libbase.a $(DOCUMENT_LIBS) $(JSONC_LIBS) $(JWT_LIBS) \
	$(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS) $(CONFUSE_LIBS)
tests_load_rate_SOURCES = tests/load/rate.c
tests_load_rate_LDADD = libbilling.a libbase.a $(CONFUSE_LIBS)

# No part of `make check`: it takes minutes, and its figures belong to the machine. BENCH=NAME measures one alone.
bench: all
	$(top_srcdir)/deploy/bench --build "$(abs_top_builddir)" $(BENCH)
.PHONY: bench
