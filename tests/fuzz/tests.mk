# Fuzz targets: one file a subject, built with clang's libFuzzer (--enable-fuzzing). Each links its own room
# and those that the room may call.
FUZZ_SECONDS = 60

if FUZZING
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS) -I$(top_srcdir)/src/http -I$(top_srcdir)/src/resource
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_BASE = libbase.a $(CONFUSE_LIBS)
FUZZ_JSON = libjson.a $(FUZZ_BASE) $(JSONC_LIBS)
FUZZ_CRYPTO = libcrypto.a $(FUZZ_JSON) $(JWT_LIBS) $(OATH_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS)
FUZZ_RESOURCE = libresource.a libjob.a libauth.a libprocess.a libredis.a libpg.a $(FUZZ_CRYPTO) $(PQ_LIBS) $(HIREDIS_LIBS) $(CSV_LIBS)
FUZZ_CONNECT = libconnect.a libdocument.a libresource.a libjob.a libauth.a libtenant.a libprocess.a libnet.a \
	libredis.a libpg.a $(FUZZ_CRYPTO) $(DOCUMENT_LIBS) $(CURL_LIBS) $(PQ_LIBS) $(HIREDIS_LIBS) $(CSV_LIBS)

FUZZERS = tests/fuzz/bill_fuzz tests/fuzz/cookie_fuzz tests/fuzz/csv_fuzz tests/fuzz/cursor_fuzz \
	tests/fuzz/etag_fuzz tests/fuzz/filter_fuzz tests/fuzz/form_fuzz tests/fuzz/handle_fuzz \
	tests/fuzz/headers_fuzz tests/fuzz/json_fuzz tests/fuzz/jwt_fuzz tests/fuzz/mail_fuzz tests/fuzz/mime_fuzz \
	tests/fuzz/number_fuzz tests/fuzz/paper_fuzz tests/fuzz/period_fuzz tests/fuzz/rating_fuzz \
	tests/fuzz/signature_fuzz tests/fuzz/subscription_fuzz tests/fuzz/template_fuzz tests/fuzz/totp_fuzz
noinst_PROGRAMS += $(FUZZERS)

tests_fuzz_bill_fuzz_SOURCES = tests/fuzz/bill_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_bill_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_bill_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_bill_fuzz_LDADD = libbilling.a $(FUZZ_BASE)
tests_fuzz_cookie_fuzz_SOURCES = tests/fuzz/cookie_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_cookie_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_cookie_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_cookie_fuzz_LDADD = libauth.a libredis.a libpg.a $(FUZZ_CRYPTO) $(PQ_LIBS) $(HIREDIS_LIBS)
tests_fuzz_csv_fuzz_SOURCES = tests/fuzz/csv_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_csv_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_csv_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_csv_fuzz_LDADD = $(FUZZ_RESOURCE)
tests_fuzz_cursor_fuzz_SOURCES = tests/fuzz/cursor_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_cursor_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_cursor_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_cursor_fuzz_LDADD = $(FUZZ_RESOURCE)
tests_fuzz_etag_fuzz_SOURCES = tests/fuzz/etag_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_etag_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_etag_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_etag_fuzz_LDADD = $(FUZZ_RESOURCE)
tests_fuzz_filter_fuzz_SOURCES = tests/fuzz/filter_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_filter_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_filter_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_filter_fuzz_LDADD = libhttp.a $(FUZZ_RESOURCE)
tests_fuzz_form_fuzz_SOURCES = tests/fuzz/form_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_form_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS) -D_GNU_SOURCE
tests_fuzz_form_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_form_fuzz_LDADD = libhttp.a $(FUZZ_RESOURCE)
tests_fuzz_handle_fuzz_SOURCES = tests/fuzz/handle_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_handle_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_handle_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_handle_fuzz_LDADD = libhttp.a $(FUZZ_RESOURCE)
tests_fuzz_headers_fuzz_SOURCES = tests/fuzz/headers_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_headers_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_headers_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_headers_fuzz_LDADD = libhttp.a libauth.a $(FUZZ_CRYPTO)
tests_fuzz_json_fuzz_SOURCES = tests/fuzz/json_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_json_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_json_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_json_fuzz_LDADD = $(FUZZ_JSON)
tests_fuzz_jwt_fuzz_SOURCES = tests/fuzz/jwt_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_jwt_fuzz_CPPFLAGS = -include openssl/evp.h $(FUZZ_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_jwt_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_jwt_fuzz_LDADD = $(FUZZ_CRYPTO)
tests_fuzz_mail_fuzz_SOURCES = tests/fuzz/mail_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_mail_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_mail_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_mail_fuzz_LDADD = libdocument.a $(FUZZ_RESOURCE) $(DOCUMENT_LIBS)
tests_fuzz_mime_fuzz_SOURCES = tests/fuzz/mime_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_mime_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_mime_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_mime_fuzz_LDADD = libdocument.a $(FUZZ_RESOURCE) $(DOCUMENT_LIBS)
tests_fuzz_number_fuzz_SOURCES = tests/fuzz/number_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_number_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_number_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_number_fuzz_LDADD = $(FUZZ_BASE)
tests_fuzz_paper_fuzz_SOURCES = tests/fuzz/paper_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_paper_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS) -DBILLFOLD_WITH_GLIB $(PANGO_CFLAGS) -I$(top_srcdir)/src/document
tests_fuzz_paper_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_paper_fuzz_LDADD = libdocument.a $(FUZZ_RESOURCE) $(DOCUMENT_LIBS)
tests_fuzz_period_fuzz_SOURCES = tests/fuzz/period_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_period_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_period_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_period_fuzz_LDADD = $(FUZZ_BASE)
tests_fuzz_rating_fuzz_SOURCES = tests/fuzz/rating_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_rating_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_rating_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_rating_fuzz_LDADD = libbilling.a $(FUZZ_BASE)
tests_fuzz_signature_fuzz_SOURCES = tests/fuzz/signature_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_signature_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS) $(CURL_CFLAGS) -I$(top_srcdir)/src
tests_fuzz_signature_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_signature_fuzz_LDADD = $(FUZZ_CONNECT)
tests_fuzz_subscription_fuzz_SOURCES = tests/fuzz/subscription_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_subscription_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_subscription_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_subscription_fuzz_LDADD = libbilling.a $(FUZZ_BASE)
tests_fuzz_template_fuzz_SOURCES = tests/fuzz/template_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_template_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_template_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_template_fuzz_LDADD = libdocument.a $(FUZZ_RESOURCE) $(DOCUMENT_LIBS)
tests_fuzz_totp_fuzz_SOURCES = tests/fuzz/totp_fuzz.c tests/fuzz/fuzz.h
tests_fuzz_totp_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_totp_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_totp_fuzz_LDADD = $(FUZZ_CRYPTO)

# The targets alone, without the programs.
fuzzers: $(FUZZERS)
endif

# make fuzz FUZZ_SECONDS=3600: each target that long, two at a time; what breaks a claim is kept.
.PHONY: fuzz fuzzers
fuzz:
	$(srcdir)/tests/fuzz/run --build $(abs_builddir) --seconds $(FUZZ_SECONDS) --seed 0
EXTRA_DIST += tests/fuzz/run tests/fuzz/README.md tests/fuzz/corpus
