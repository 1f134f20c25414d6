noinst_LIBRARIES += libnet.a
libnet_a_SOURCES =
libnet_a_CPPFLAGS = $(AM_CPPFLAGS)
