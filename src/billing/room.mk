noinst_LIBRARIES += libbilling.a
libbilling_a_SOURCES = \
	src/billing/line.c \
	src/billing/share.c src/billing/share.h \
	src/billing/discount.c \
	src/billing/tax.c \
	src/billing/tax_choose.c \
	src/billing/bill.c \
	src/billing/terms.c \
	src/billing/status.c \
	src/billing/allocate.c \
	src/billing/advance.c src/billing/advance.h \
	src/billing/posting.c \
	src/billing/exchange.c \
	src/billing/rate.c \
	src/billing/price_body.c \
	src/billing/cycle.c \
	src/billing/subscribe.c \
	src/billing/change.c src/billing/change_diff.h src/billing/change_take.c src/billing/change_settle.c src/billing/change_amount.c \
	src/billing/prorate.c \
	src/billing/credit.c \
	src/billing/credit_note.c src/billing/credit_note.h \
	src/billing/credit_settle.c src/billing/credit_settle.h \
	src/billing/credit_act.c \
	src/billing/correction.c src/billing/correction.h \
	src/billing/approval.c src/billing/approval.h \
	src/billing/facts.c src/billing/facts.h \
	src/billing/draft.c src/billing/draft.h src/billing/draft_take.c src/billing/draft_write.c \
	src/billing/invoice.c src/billing/invoice.h \
	src/billing/invoice_act.c \
	src/billing/invoice_edit.c \
	src/billing/invoice_finalize.c \
	src/billing/invoice_preview.c \
	src/billing/invoice_shown.c src/billing/invoice_shown.h \
	src/billing/rederive.c \
	src/billing/series.c \
	src/billing/settings.c \
	src/billing/batch.h src/billing/batch_read.c src/billing/batch_decide.c \
	src/billing/batch_write.c src/billing/batch_job.c \
	src/billing/billing_run.c src/billing/mended.c src/billing/skipped.c \
	src/billing/subscription.c src/billing/subscription.h \
	src/billing/subscription_new.c src/billing/subscription_terms.c \
	src/billing/subscription_context.c src/billing/subscription_context.h \
	src/billing/subscription_patch.c \
	src/billing/subscription_load.c \
	src/billing/subscription_begin.c \
	src/billing/subscription_act.c \
	src/billing/subscription_preview.c \
	src/billing/creation_preview.c src/billing/creation_preview.h \
	src/billing/preview_token.c src/billing/preview_token.h \
	src/billing/subscription_outlook.c src/billing/subscription_outlook.h \
	src/billing/quote.c src/billing/quote.h \
	src/billing/subscription_coupon.c src/billing/subscription_discount.c \
	src/billing/subscription_pause.c src/billing/subscription_pause.h \
	src/billing/subscription_step.c \
	src/billing/subscription_renew.c \
	src/billing/subscription_purge.c \
	src/billing/renewal.c src/billing/renewal.h \
	src/billing/renewal_quote.c \
	src/billing/renewal_preview.c src/billing/renewal_foreseen.c \
	src/billing/subscription_change.c src/billing/subscription_change.h \
	src/billing/subscription_alter.c \
	src/billing/subscription_amend.c \
	src/billing/subscription_schedule.c \
	src/billing/subscription_plan.c \
	src/billing/subscription_own.c \
	src/billing/subscription_phase.c src/billing/subscription_phase.h \
	src/billing/subscription_rephase.c \
	src/billing/subscription_trial.c \
	src/billing/schedule.c \
	src/billing/deal_draft.c src/billing/deal_draft.h src/billing/deal_preview.c \
	src/billing/jobs.c
libbilling_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
