noinst_LIBRARIES += libledger.a
libledger_a_SOURCES =
libledger_a_CPPFLAGS = $(AM_CPPFLAGS)
