noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = src/net/client.h src/net/client.c src/net/guard.h src/net/guard.c src/net/http.c src/net/smtp.c \
	src/net/imap.h src/net/imap.c src/net/mailbox.c
libnet_a_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS)
EXTRA_DIST += src/net/README.md
