/*
 * subscription_renew.c - a subscription is told of before its term ends, and goes on for another.
 *
 * The mail says what the term will charge, computed when it is told; the renewal and its preview
 * (renewal_preview.c) are the same decision (renewal.c) of what there is on their day. What is so
 * large that it cannot be reckoned is told without a price: its bill dates are parked for that.
 *
 * Who has been told renews by the version that was told (billing.renewal_by). A newer one is told
 * anew, to many by rounds, as long as there is time for it; one that comes later waits: what
 * reaches those who have the plan for the bill date after the renewal's, else for the renewal
 * after.
 */
#include "renewal.h"

enum { TOLD_MAX = 4000, ROUND_SIZE = 2000, ROUND_LEASE_S = 60 };

static const int notice_days[] = { 30, 7, 1 };

/* ---- it goes on ---- */

static void
put_version(struct jw *w, struct arena *a, const struct sub_loaded *s)
{
	if (s->renewal)
		jw_kstr(w, "plan_version_id", member_text(a, s->renewal, "plan_version_id"));
}

static void
write_items_of(struct arena *a, struct flush *f, const struct sub_loaded *s,
	       const struct renewal *r)
{
	flush_addv(f, "SELECT billing.items_end($1, $2, $3)", s->id, pg_array_text(r->ended),
		   day_text(a, r->from), FLUSH_END);
	flush_addv(f, "SELECT billing.items_write($1, $2)", s->id,
		   str_dup(a, jval_text(a, r->begun)), FLUSH_END);
}

int
renewal_make(struct job *j, struct flush *f, struct sub_loaded *s, struct err *err)
{
	struct arena *a = j->arena;
	civil_day next = DAY_NEVER;
	struct renewal r;
	struct jw w, data;

	if (renewal_decide(a, s, &r, err) < 0)
		return -1;
	s->core = r.is;
	if (strcmp(s->state, "paused") != 0 &&
	    sub_next_unbilled(s, s->next_bill.set ? s->next_bill.day : r.from, &next, err) < 0)
		return -1;
	if (s->renewal)
		write_items_of(a, f, s, &r);
	jw_init(&w, a, TOLD_MAX);
	jw_object(&w);
	jw_kstr(&w, "term_end", day_text(a, r.until));
	jw_kstr(&w, "next_bill_on", sub_day_text(a, next));
	jw_kint(&w, "term", r.term);
	put_version(&w, a, s);
	jw_end_object(&w);
	jw_init(&data, a, TOLD_MAX);
	jw_object(&data);
	jw_kstr(&data, "renewed_on", day_text(a, r.from));
	put_version(&data, a, s);
	jw_end_object(&data);
	flush_addv(f, "SELECT billing.subscription_set($1, $2, 'subscription.renewed', $3)", s->id,
		   sb_z(&w.sb), sb_z(&data.sb), FLUSH_END);
	if (s->reaching) /* it may have waited for this */
		flush_addv(f, "SELECT billing.step_again($1, $2)", s->id,
			   arena_printf(a, "renewed:%s", day_text(a, r.from)), FLUSH_END);
	return 0;
}

/* ---- its plan's newer version reaches it ---- */

int
renewal_take_reaching(struct job *j, struct flush *f, const struct sub_loaded *s, struct err *err)
{
	struct arena *a = j->arena;
	struct renewal r;
	struct jw data;
	bool any;

	if (renewal_reach(a, s, &r, &any, err) < 0)
		return -1;
	if (!any)
		return 0;
	write_items_of(a, f, s, &r);
	jw_init(&data, a, TOLD_MAX);
	jw_object(&data);
	jw_kstr(&data, "effective_on", day_text(a, r.from));
	jw_kstr(&data, "plan_version_id", member_text(a, r.terms, "plan_version_id"));
	jw_end_object(&data);
	flush_addv(f, "SELECT billing.subscription_set($1, '{}', 'subscription.price_changed', $2)",
		   s->id, sb_z(&data.sb), FLUSH_END);
	if (s->told) /* its renewal is another one than was told */
		flush_addv(f, "SELECT billing.step_again($1, $2)", s->id,
			   arena_printf(a, "reached:%s",
					member_text(a, r.terms, "plan_version_id")),
			   FLUSH_END);
	return 1;
}

int
version_follow(struct call *c, struct write *w, struct err *err)
{
	(void)c;
	(void)err;
	if (w->create)
		write_after(w, "SELECT billing.version_follow($1)", w->id, FLUSH_END);
	return 0;
}

/* Those who have the plan, so many in a transaction; one that is tried again begins anew: who has
 * its step has no second one. */
static int
in_rounds(struct job *j, const char *sql, struct err *err)
{
	const char *id = member_text(j->arena, j->payload, "plan_version_id"), *after = NULL;
	struct flush *f;
	int stmt;

	if (!id)
		return err_set(err, ERR_validation_failed, "The job names no version.");
	do {
		f = flush_new(j->db, j->arena);
		enter_add(f, &j->who);
		stmt = flush_addv(f, sql, id, after, int_text(j->arena, ROUND_SIZE), FLUSH_END);
		flush_addv(f, "SELECT job.renew($1, $2, $3, true)", j->id, j->lease_token,
			   int_text(j->arena, ROUND_LEASE_S), FLUSH_END);
		flush_commit(f);
		if (flush_run(f, err) < 0)
			return -1;
		after = flush_value(f, stmt, 0, 0);
	} while (after);
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

int
version_reach(struct job *j, struct err *err)
{
	return in_rounds(j, "SELECT billing.version_reach($1, $2, $3)", err);
}

int
version_tell(struct job *j, struct err *err)
{
	return in_rounds(j, "SELECT billing.version_tell($1, $2, $3)", err);
}

/* ---- it is told of ---- */

static bool
noticed(const struct sub_loaded *s, int days)
{
	for (size_t i = 0; s->noticed && i < json_object_array_length(s->noticed); i++) {
		if (json_object_get_int(json_object_array_get_idx(s->noticed, i)) == days)
			return true;
	}
	return false;
}

static int
term_began(const struct sub_loaded *s, civil_day *ret, struct err *err)
{
	struct period p;
	struct cycle c;
	int64_t k;

	if (sub_term_cycle(s, &c, err) < 0 || cycle_find(&c, s->term_end.day, &k, &p, err) < 0)
		return -1;
	*ret = date_boundary(c.anchor, c.unit, c.count, (int)(k > s->term ? k - s->term : 0));
	return 0;
}

/* Which notices of the term that runs have come and were not given; how many. */
static int
notices_due(struct arena *a, const struct sub_loaded *s, const char **ret, struct err *err)
{
	struct pg_array *due = pg_array_new(a);
	civil_day began;
	int n = 0;

	if (term_began(s, &began, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(notice_days) / sizeof(notice_days[0]); i++) {
		civil_day day = s->term_end.day - notice_days[i];

		if (day > s->today || day < began || noticed(s, notice_days[i]))
			continue;
		pg_array_add_int(due, notice_days[i]);
		n++;
	}
	*ret = pg_array_text(due);
	return n;
}

static void
put_sums(struct jw *w, struct arena *a, const struct renewal_quote *q)
{
	jw_kint(w, "period_net_before", q->period_before.net);
	jw_kint(w, "period_total_before", q->period_before.total);
	jw_kint(w, "period_net", q->period.net);
	jw_kint(w, "period_total", q->period.total);
	jw_kint(w, "term_net_before", q->term_before.net);
	jw_kint(w, "term_total_before", q->term_before.total);
	jw_kint(w, "term_net", q->term.net);
	jw_kint(w, "term_total", q->term.total);
	jw_kbool(w, "changed", q->term.total != q->term_before.total);
	jw_kstr(w, "change_percent", renewal_percent(a, q->term_before.net, q->term.net));
}

/* What the mail and the task say: amounts, days, and by when it may be ended. q NULL: no amounts.
 */
static const char *
told(struct arena *a, const struct sub_loaded *s, const struct renewal *r,
     const struct renewal_quote *q)
{
	int64_t notice = 0;
	civil_day by;
	struct jw w;

	member_int(s->row, "notice_days", &notice);
	by = renewal_notice_by(r->from, notice);
	jw_init(&w, a, TOLD_MAX);
	jw_object(&w);
	jw_kstr(&w, "term_end", day_text(a, r->from));
	jw_kbool(&w, "renews", s->auto_renew);
	jw_kstr(&w, "last_day", day_text(a, r->from - 1));
	if (s->auto_renew) {
		jw_kstr(&w, "renews_on", day_text(a, r->from));
		jw_kstr(&w, "next_last_day", day_text(a, r->until - 1));
		if (by >= s->today)
			jw_kstr(&w, "notice_by", day_text(a, by));
		if (q)
			put_sums(&w, a, q);
	}
	jw_end_object(&w);
	return sb_z(&w.sb);
}

/* What the next term comes to, as the mail says it. */
static int
quote(struct job *j, const struct sub_loaded *s, const char **ret, struct err *err)
{
	struct arena *a = j->arena;
	struct flush *f = flush_new(j->db, a);
	struct renewal_quote q;
	struct renewal r;
	int stmt, rc;

	if (renewal_decide(a, s, &r, err) < 0)
		return -1;
	stmt = renewal_add_facts(f, a, s, &r);
	if (flush_run(f, err) < 0)
		return -1;
	rc = renewal_quote(a, s, &r, f, stmt, &q, err);
	if (rc < 0 && err->code != ERR_out_of_range)
		return -1;
	if (rc < 0)
		err_clear(err);
	*ret = told(a, s, &r, rc < 0 ? NULL : &q);
	return 0;
}

/* What was told holds no more: another version, and there is time to tell it anew; or that it ends,
 * at any time. */
static bool
holds_no_more(const struct sub_loaded *s)
{
	if (s->auto_renew && s->told_to_end)
		return true;
	return s->auto_renew && s->told && s->renews_by && s->today <= s->tell_by.day &&
	       !str_eqz(jval_str_of(s->told, "plan_version_id"), s->renews_by);
}

/* All that are due, as one; or that it renews otherwise than was told. */
int
renewal_notices(struct job *j, struct flush *f, const struct sub_loaded *s, struct err *err)
{
	struct arena *a = j->arena;
	bool anew = false;
	const char *due, *said;
	int n;

	if ((n = notices_due(a, s, &due, err)) < 0)
		return -1;
	if (n == 0 && holds_no_more(s)) {
		due = arena_printf(a, "{%lld}", (long long)(s->term_end.day - s->today));
		anew = true;
	}
	if (n > 0 || anew) {
		if (quote(j, s, &said, err) < 0)
			return -1;
		flush_addv(f, "SELECT billing.subscription_notice($1, $2, $3, $4, $5, $6)", s->id,
			   day_text(a, s->term_end.day), due, said,
			   s->auto_renew ? s->renews_by : NULL, anew ? "t" : "f", FLUSH_END);
	}
	flush_addv(f, "SELECT billing.subscription_follow($1)", s->id, FLUSH_END);
	return 0;
}
