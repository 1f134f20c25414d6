noinst_LIBRARIES += libcrm.a
libcrm_a_SOURCES =
libcrm_a_CPPFLAGS = $(AM_CPPFLAGS)
