noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = src/auth/caller.c src/auth/deny.c src/auth/enter.c src/auth/perm.c src/auth/session.c
libauth_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
