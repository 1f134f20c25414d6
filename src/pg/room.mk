noinst_LIBRARIES += libpg.a
libpg_a_SOURCES =
libpg_a_CPPFLAGS = $(AM_CPPFLAGS)
