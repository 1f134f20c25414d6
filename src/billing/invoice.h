/*
 * invoice.h - inside the room: what the resource `invoice` is made of.
 */
#ifndef BILLING_INVOICE_H
#define BILLING_INVOICE_H

#include "advance.h"
#include "credit_settle.h"
#include "draft.h"

#include <billfold/billing.h>
#include <billfold/resource/write.h>

enum { LINES_MAX = 10000 };

extern const struct field invoice_line_fields[];
/* Words of bodies and answers. */
extern const char *const invoice_kinds[], *const invoice_statuses[], *const invoice_settles[];

/* invoice_edit.c: creates and patches, by the engine. */
int invoice_prepare(struct call *c, struct write *w, struct err *err);
/* settings.c: the tenant's choices are looked at when they are made. */
int settings_check(struct call *c, struct write *w, struct err *err);
/*
 * A document that a checked body asks for, computed; refusals name members below pointer. named:
 * with those who are named on it, for an answer.
 */
int invoice_compose(struct call *c, struct json_object *body, const char *id, const char *pointer,
		    bool named, struct draft *ret, struct err *err);

/* invoice_finalize.c */
extern const struct field finalize_in[];
int invoice_finalize(struct call *c, struct reply *r, struct err *err);
int invoice_finalize_set(struct call *c, struct action_set *s, struct err *err);
/* What a document lacks to be final; every lack is named. */
int finalize_check(struct arena *a, const struct draft *d, struct err *err);
/* Issue and due date that hold, in place of what was left open. */
int finalize_dates(struct arena *a, struct draft *d, struct err *err);
/* What it books; *ret_converted: base amounts too, by its exchange rate. */
int finalize_posting(const struct draft *d, const struct credit_settled *settled,
		     struct posting *ret, bool *ret_converted, struct err *err);
/* The statements that make a document final, in this order, with its content between them. */
struct finalize_stmts {
	struct draft_stmt advances;
	stmt_vec before; /* what a credit settles */
	struct draft_stmt final;
	stmt_vec after; /* what is given back of it at once */
};
/* Dates, advances, status and journal of a checked document. */
int finalize_statements(struct arena *a, struct draft *d, struct advances *advances,
			struct finalize_stmts *ret, struct err *err);
/* Both, for a fresh document in the customer's favour: it uses nothing in advance. */
int finalize_prepare(struct call *c, struct draft *d, struct finalize_stmts *ret, struct err *err);
/* What goes back at once is a refund, and takes what a refund takes. */
int finalize_may_refund(const struct call *c, const struct draft *d, struct err *err);
void finalize_add(struct flush *f, const struct finalize_stmts *s);

/* invoice_preview.c: a document that was made and taken back, as previews show it. */
extern const struct field invoice_preview_out[];
struct str invoice_preview_body(struct arena *a, const struct draft *d, enum invoice_status status,
				struct err *err);

/* deal_preview.c: the draft that a deal would bring, likewise. */
int deal_preview(struct call *c, const char *id, struct reply *r, struct err *err);

/* invoice_act.c */
extern const struct field reject_in[];
int invoice_submit(struct call *c, struct reply *r, struct err *err);
int invoice_approve(struct call *c, struct reply *r, struct err *err);
int invoice_reject(struct call *c, struct reply *r, struct err *err);
int invoice_send(struct call *c, struct reply *r, struct err *err);
int invoice_remove(struct call *c, struct reply *r, struct err *err);

#endif
