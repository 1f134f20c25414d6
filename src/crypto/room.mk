noinst_LIBRARIES += libcrypto.a
libcrypto_a_SOURCES =
libcrypto_a_CPPFLAGS = $(AM_CPPFLAGS)
