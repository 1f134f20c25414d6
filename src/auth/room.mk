noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = src/auth/caller.c src/auth/caller_text.c src/auth/confirm.c src/auth/deny.c src/auth/device.c src/auth/enter.c src/auth/gate.c \
	src/auth/gate.h src/auth/link.c src/auth/password_routes.c src/auth/perm.c src/auth/person.c \
	src/auth/client.c src/auth/held.h src/auth/me_routes.c src/auth/person.h src/auth/role.c src/auth/secret.c src/auth/user.c src/auth/session.c src/auth/session_routes.c src/auth/throttle.c \
	src/auth/throttle.h src/auth/token_routes.c
libauth_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) $(PQ_CFLAGS)
