/*
 * subscription_preview.c - what somebody does to a subscription, or asks what it would bill.
 *
 * One way for all of them (a change, a cancellation and its reverse, a pause and its end): held and
 * read, decided, written in one transaction. The preview is the same transaction, taken back, so
 * that what would be refused is refused by it, too; it shows what is to come after it step by step
 * (subscription_outlook.c), and its token binds who then does it to what it said.
 */
#include "renewal.h"
#include "subscription_change.h"
#include "subscription_outlook.h"
#include "subscription_pause.h"

#include <billfold/base/money.h>
#include <billfold/resource/operation.h>

enum { PREVIEW_MAX = 32 * 1024 * 1024 };

/* clang-format off */
static const struct field out_line_fields[] = {
	OUTLOOK_LINE,
	{ .name = "original_invoice_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "invoice", .doc = "The document that it gives back of." },
	{ .name = "original_line_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "Its line." },
	{ 0 }
};
const struct field sub_act_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`subscription_change_preview`." },
	{ .name = "effective_on", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The day from which it holds." },
	{ .name = "kind", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Of the document: `mixed`, `standard`, `credit`; null: none is made." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "Its currency." },
	{ .name = "lines", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { out_line_fields, LINES_MAX }, .doc = "Its lines." },
	{ .name = "net_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of nets." },
	{ .name = "tax_total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Sum of taxes." },
	{ .name = "total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "With tax; below zero what becomes the account's credit." },
	{ .name = "next_bill_on", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first bill date after it." },
	{ .name = "term_end", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day after its term then: with the days that a pause adds to it whose end is known." },
	{ .name = "end_date", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The first day without service then, likewise." },
	{ .name = "renewal", .type = FT_OBJECT, .flags = FF_REQUIRED | FF_NULLABLE, .u.of = { renewal_foreseen_fields, 0 },
	  .doc = "At the end of its term then, as things stand; null: none comes." },
	{ .name = "schedule", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { outlook_step_fields, 0 },
	  .doc = "What it charges then, from today or its first day on, step by step: phases and changes, and a newer version of its plan with the next term, where it renews by one as "
		 "things stand (`preview_renewal`); not of a plan that begins before that." },
	{ .name = "preview_token", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Good for a quarter of an hour: for the document and the schedule as they stand here." },
	{ 0 }
};
/* clang-format on */

/* ---- what is to come ---- */

/* A pause that is planned is none of the days that were read. */
static void
add_planned_pause(struct amendment *m, struct subscription *is)
{
	const struct sub_loaded *s = &m->s;
	struct sub_pause *v;

	if (!s->paused.set || (is->n_pauses && is->pauses[is->n_pauses - 1].days.end > s->today))
		return;
	v = arena_array(m->a, is->n_pauses + 1, sizeof(*v));
	if (is->n_pauses)
		memcpy(v, is->pauses, is->n_pauses * sizeof(*v));
	v[is->n_pauses++] =
	    (struct sub_pause){ { s->paused.day, s->resume.set ? s->resume.day : DAY_NEVER },
				DAY_ALWAYS };
	is->pauses = v;
}

/* With the next term a newer version of its plan, where it renews by one as things stand. What
 * begins with this change is of no version that was read. */
static int
add_renewal(struct amendment *m, struct opt_day term_end, struct subscription *is,
	    struct json_object ***of, struct foreseen *ret, struct err *err)
{
	struct sub_loaded then = m->s;
	int64_t notice = 0;

	*ret = (struct foreseen){ 0 };
	if (then.paused.set && then.pause_extends && !then.resume.set)
		return 0;
	if (sub_names_plan(m->body) || jval_get(m->body, "phases"))
		then.row = NULL;
	member_int(m->s.row, "notice_days", &notice);
	then.all = m->items;
	then.core = *is;
	then.term_end = term_end;
	if (renewal_foresee(m->a, &then, notice, of, ret, err) < 0)
		return -1;
	*is = then.core;
	return 0;
}

static int
steps_of(struct amendment *m, struct str *ret, struct foreseen *ret_renewal, struct err *err)
{
	const struct sub_loaded *s = &m->s;
	struct opt_day term_end, end;
	struct json_object **of;
	struct subscription is;
	struct outlook o;
	struct quote q;

	*ret = STR("[]");
	*ret_renewal = (struct foreseen){ 0 };
	if (!s->anchor.set || strcmp(s->state, "pending") == 0)
		return 0;
	if (!m->items)
		amendment_as_it_is(m, 0);
	is = m->is;
	sub_pause_forecast(s, &term_end, &end);
	is.end = end.set ? end.day : DAY_NEVER;
	of = m->of;
	add_planned_pause(m, &is);
	if (add_renewal(m, term_end, &is, &of, ret_renewal, err) < 0)
		return -1;
	o = (struct outlook){ .is = &is,
			      .of = of,
			      .from = is.anchor > s->today ? is.anchor : s->today,
			      .unbilled = m->decided ? m->change.next_bill : sub_unbilled(s) };
	return outlook_quote(m->a, m->db, s, of, is.n_items, coupon_after(m), &q, err) < 0
		   ? -1
		   : outlook_steps(m->a, &o, &q, ret, err);
}

/* ---- the token ---- */

/* Who asks for what of which version, and all that came of it. */
static const char *
said(struct amendment *m, const struct sub_act *act, struct str steps)
{
	struct sb sb;

	sb_init(&sb, m->a, PREVIEW_MAX);
	sb_addf(&sb, "%s\n%s\n%lld\n%s\n", act->name, m->s.id, (long long)m->s.version,
		day_text(m->a, m->day));
	sb_addz(&sb, preview_token_body(m->a, m->body, NULL));
	for (size_t i = 0; m->has_document && i < m->d.bill.n_lines; i++)
		sb_addf(&sb, "\n%s %lld %lld", decimal_text(m->a, m->d.bill.lines[i].quantity),
			(long long)m->d.bill.lines[i].net, (long long)m->d.bill.lines[i].tax);
	sb_add(&sb, steps);
	return sb_z(&sb);
}

static int
check_token(struct amendment *m, const struct sub_act *act, struct err *err)
{
	struct str token, steps;
	struct foreseen renewal;

	if (!jval_str(m->body, "preview_token", &token))
		return 0;
	if (steps_of(m, &steps, &renewal, err) < 0)
		return -1;
	return preview_token_check(m->c, token, said(m, act, steps), err);
}

/* ---- tried ---- */

/* All that it would write, written and taken back: refused here is what is refused when it is done.
 * No transaction is open after it. */
static int
try_it(struct amendment *m, struct err *err)
{
	struct flush *f = call_go_on(m->c);

	if (amendment_add(m, f, err) < 0) {
		call_give_up(m->c);
		return -1;
	}
	flush_try(f);
	return flush_run(f, err);
}

/* ---- done ---- */

/* Decided, in an open transaction; after an error there is none. */
static int
decide(struct amendment *m, const struct sub_act *act, struct err *err)
{
	if (act->decide(m, err) == 0 && check_token(m, act, err) == 0)
		return 0;
	call_give_up(m->c);
	return -1;
}

int
sub_act_do(struct call *c, const struct sub_act *act, struct reply *r, struct err *err)
{
	struct amendment m;
	struct flush *f;
	int rc;

	if ((rc = amendment_read(c, &m, act->day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(&m, act, err) < 0)
		return -1;
	f = call_go_on(c);
	if (amendment_add(&m, f, err) < 0) {
		call_give_up(c);
		return -1;
	}
	return call_answer(c, f, &subscription_resource, m.s.id, 200, r, err);
}

/* ---- asked ---- */

static void
write_lines(struct jw *w, const struct amendment *m)
{
	jw_key(w, "lines");
	jw_array(w);
	for (size_t i = 0; m->has_document && i < m->d.bill.n_lines; i++) {
		const struct draft_line *l = &m->d.lines[i];

		jw_object(w);
		outlook_line(w, m->a, l, &m->d.bill.lines[i]);
		jw_kstr(w, "original_invoice_id", l->original_invoice_id);
		jw_kstr(w, "original_line_id", l->original_line_id);
		jw_end_object(w);
	}
	jw_end_array(w);
}

int
sub_act_preview(struct call *c, const struct sub_act *act, struct reply *r, struct err *err)
{
	struct opt_day term_end, end;
	struct foreseen renewal;
	struct amendment m;
	struct str steps;
	struct jw w;
	int rc;

	if ((rc = amendment_read(c, &m, act->day, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	if (decide(&m, act, err) < 0)
		return -1;
	if (steps_of(&m, &steps, &renewal, err) < 0) {
		call_give_up(c);
		return -1;
	}
	if (try_it(&m, err) < 0)
		return -1;
	jw_init(&w, c->arena, PREVIEW_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "subscription_change_preview");
	jw_kstr(&w, "effective_on", day_text(c->arena, m.day));
	jw_kstr(&w, "kind", m.has_document ? m.d.kind : NULL);
	jw_kstr(&w, "currency", m.d.facts.currency);
	write_lines(&w, &m);
	jw_kint(&w, "net_total", m.has_document ? m.d.bill.net_total : 0);
	jw_kint(&w, "tax_total", m.has_document ? m.d.bill.tax_total : 0);
	jw_kint(&w, "total", m.has_document ? m.d.bill.total : 0);
	jw_kstr(&w, "next_bill_on", sub_day_text(c->arena, m.next_bill));
	sub_pause_forecast(&m.s, &term_end, &end);
	jw_kstr(&w, "term_end", term_end.set ? day_text(c->arena, term_end.day) : NULL);
	jw_kstr(&w, "end_date", end.set ? day_text(c->arena, end.day) : NULL);
	renewal_show_foreseen(&w, c->arena, &renewal);
	jw_kraw(&w, "schedule", steps);
	jw_kstr(&w, "preview_token", preview_token_make(c, said(&m, act, steps)));
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
	return 0;
}
