noinst_LIBRARIES += libcrm.a
libcrm_a_SOURCES = src/crm/account.c src/crm/contact.c src/crm/deal.c src/crm/deal_line.c src/crm/deal_line.h src/crm/pipeline.c src/crm/task.c \
	src/crm/routes.c src/crm/routes.h src/crm/timeline.c
libcrm_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) $(JSONC_CFLAGS)
