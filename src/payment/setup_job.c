/*
 * setup_job.c - the payment worker has a method kept at its processor, on the processor's page, and
 * has one forgotten that was removed here.
 *
 * As with a charge: before the processor is asked the setup is in flight, committed; a lost answer
 * is had again by the same bytes under the same key, for as long as that is safe; who learns first
 * that it is over writes it, and a second changes nothing.
 */
#include "told.h"

#include "pay.h"

enum {
	SET_STATE,
	SET_PROCESSOR,
	SET_PROCESSOR_ID,
	SET_KEY,
	SET_LIVE,
	SET_TOKEN,
	SET_CURRENCY,
	SET_PAGE,
	SET_CONSENT,
	SET_SENT,
	SET_UNKNOWN_S,
	SET_UNKNOWN_TIMES,
	SET_UNKNOWN_REASON
};
enum { DETACH_PROCESSOR, DETACH_PROCESSOR_ID, DETACH_KEY, DETACH_LIVE, DETACH_TOKEN };
enum { PAGE_S = 3600, WAIT_S = 30, MANDATE_MAX = 4096 };

/* {scheme, reference, url, status, accepted_at}; NULL: nothing is known of it. */
static const char *
mandate_json(struct arena *a, const struct mandate_seen *m)
{
	struct jw w;

	if (m->scheme == NULL)
		return NULL;
	jw_init(&w, a, MANDATE_MAX);
	jw_object(&w);
	jw_kstr(&w, "scheme", m->scheme);
	jw_kstr(&w, "reference", m->reference);
	jw_kstr(&w, "url", m->url);
	jw_kstr(&w, "status", m->status);
	if (m->accepted_at)
		jw_kint(&w, "accepted_at", m->accepted_at);
	jw_end_object(&w);
	return str_dup(a, sb_str(&w.sb));
}

int
method_kept_add(struct flush *f, struct job *j, const char *consent, const struct method_seen *m,
		struct err *err)
{
	const struct payment_env *env = j->state;
	struct arena *a = j->arena;
	const char *id, *sealed;

	if (consent == NULL || m->token == NULL)
		return 0;
	id = uuid_new_z(a);
	sealed = pay_seal(a, env->secret, &j->who.tenant, "method", id, str_from(m->token), err);
	if (sealed == NULL)
		return -1;
	flush_addv(f,
		   "SELECT payment.method_kept($1, $2, $3, $4, $5, $6::smallint, $7::smallint, "
		   "$8)",
		   consent, id, sealed, m->brand, m->last4,
		   m->exp_month ? int_text(a, m->exp_month) : NULL,
		   m->exp_year ? int_text(a, m->exp_year) : NULL, mandate_json(a, &m->mandate),
		   FLUSH_END);
	return 0;
}

struct setup {
	const struct flush *f;
	int stmt;
	const char *id;
	const char *event; /* of a processor that told; NULL: we asked */
	struct account_row row;
};

static const char *
value(const struct setup *s, int col)
{
	return flush_value(s->f, s->stmt, 0, col);
}

static bool
is_over(const struct setup *s)
{
	const char *state = value(s, SET_STATE);

	return strcmp(state, "new") != 0 && strcmp(state, "in_flight") != 0 &&
	       strcmp(state, "unknown") != 0;
}

/* False in ret->f: there is none of this id. */
static int
take(struct job *j, const char *id, struct setup *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	*ret = (struct setup){ .id = id };
	enter_add(f, &j->who);
	ret->stmt = flush_addv(f, "SELECT * FROM payment.setup_take($1)", id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, ret->stmt) == 0)
		return 0;
	ret->f = f;
	ret->row = (struct account_row){ .kind = value(ret, SET_PROCESSOR),
					 .id = value(ret, SET_PROCESSOR_ID),
					 .key_sealed = value(ret, SET_KEY),
					 .live = flush_bool(f, ret->stmt, 0, SET_LIVE) };
	return 0;
}

static int
look(const struct at_processor *at, struct job *j, const struct setup *s, const char *page,
     struct charge_result *ret, struct err *err)
{
	const struct processor_query q = { .key = s->id,
					   .since = flush_int(s->f, s->stmt, 0, SET_SENT),
					   .currency = value(s, SET_CURRENCY),
					   .setup = true };

	return at->p->checkout_look(&at->env, j->arena, page, false, &q, ret, err);
}

/* It was sent before. 1: it may go out once more. */
static int
ask_again(const struct at_processor *at, struct job *j, const struct setup *s,
	  struct charge_result *ret, struct err *err)
{
	const struct sent_call sent = {
		.at = flush_int(s->f, s->stmt, 0, SET_SENT),
		.unknown_s = flush_int(s->f, s->stmt, 0, SET_UNKNOWN_S),
		.unknown_times = flush_int(s->f, s->stmt, 0, SET_UNKNOWN_TIMES),
		.unknown_reason = flush_str(s->f, s->stmt, 0, SET_UNKNOWN_REASON),
		.never = "never_made",
	};

	if (look(at, j, s, value(s, SET_PAGE), ret, err) < 0)
		return -1;
	if (value(s, SET_PAGE) != NULL || ret->page_ref != NULL)
		return 0;
	if (ret->state == CHARGE_ABSENT && processor_page_late(sent.at + PAGE_S))
		return 0;
	return processor_send_again(at, &sent, ret);
}

static int
ask(struct job *j, const struct at_processor *at, const struct setup *s, struct charge_result *ret,
    struct err *err)
{
	const struct payment_env *env = j->state;
	struct checkout page = { .key = s->id,
				 .currency = value(s, SET_CURRENCY),
				 .expires = flush_int(s->f, s->stmt, 0, SET_SENT) + PAGE_S,
				 .keep = true,
				 .setup = true };
	struct str url;
	int go = 1;

	if (strcmp(value(s, SET_STATE), "new") != 0)
		go = ask_again(at, j, s, ret, err);
	if (go <= 0)
		return go;
	if (unseal(j->arena, env->secret,
		   arena_printf(j->arena, "%s|payment.setup|token|%s", j->who.tenant.z, s->id),
		   value(s, SET_TOKEN), &url, err) < 0)
		return -1;
	page.return_url = str_dup(j->arena, url);
	return at->p->checkout(&at->env, j->arena, &page, ret, err);
}

/* What became of it, with the end of the job, and of the event that it is about. */
static int
end(struct job *j, const struct setup *s, const char *state, const struct charge_result *r,
    struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	if (method_kept_add(f, j, value(s, SET_CONSENT), &r->method, err) < 0)
		return -1;
	flush_addv(f, "SELECT payment.setup_end($1, $2, $3, $4, $5)", s->id, state, r->decline_code,
		   r->page_ref, r->page_url, FLUSH_END);
	if (s->event != NULL)
		told_end_add(f, j, s->event, NULL);
	else
		job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}

static int
open_still(struct job *j, const struct setup *s, const struct charge_result *r, struct err *err)
{
	bool pending = r->state == CHARGE_PENDING;
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.setup_end($1, $2, $3, $4, $5)", s->id,
		   pending ? "in_flight" : "unknown", pending ? NULL : r->decline_code, r->page_ref,
		   r->page_url, FLUSH_END);
	job_defer_add(f, j, processor_wait_s(flush_int(s->f, s->stmt, 0, SET_SENT), r->state),
		      pending ? "its owner is not done yet" : "the processor's answer was lost");
	flush_commit(f);
	return flush_run(f, err);
}

static int
write_down(struct job *j, const struct setup *s, const struct charge_result *r, struct err *err)
{
	switch (r->state) {
	case CHARGE_SUCCEEDED:
		return end(j, s, "succeeded", r, err);
	case CHARGE_DECLINED:
		return end(j, s, "failed", r, err);
	case CHARGE_ABSENT:
		return end(j, s, "expired", r, err);
	case CHARGE_PENDING:
	case CHARGE_PROCESSING:
	case CHARGE_UNKNOWN:
		break;
	}
	if (s->event == NULL)
		return open_still(j, s, r, err);
	return told_end(j, &(struct told){ .id = s->event },
			r->state == CHARGE_PENDING
			    ? NULL
			    : "The processor's page is not what the setup asked for.",
			err);
}

int
setup_run(struct job *j, struct err *err)
{
	struct charge_result r = { 0 };
	struct at_processor at;
	struct setup s;
	struct str id;

	if (!jval_str(j->payload, "setup_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no setup.");
	if (take(j, str_dup(j->arena, id), &s, err) < 0)
		return -1;
	if (s.f == NULL || is_over(&s))
		return 0;
	if (at_processor(j, &s.row, &at, err) < 0)
		return -1;
	if (ask(j, &at, &s, &r, err) < 0)
		return processor_wait(j, &s.row, &r.trouble,
				      processor_wait_s(flush_int(s.f, s.stmt, 0, SET_SENT),
						       CHARGE_UNKNOWN),
				      err);
	if (write_down(j, &s, &r, err) == 0)
		return 0;
	if (err->code != ERR_wrong_state)
		return -1;
	err_clear(err); /* the processor told somebody else first */
	return 0;
}

int
told_setup(struct job *j, const struct told *e, const struct at_processor *at, bool *ret_ours,
	   struct err *err)
{
	const char *subject = told_value(e, EV_SUBJECT), *page;
	bool checkout = strcmp(told_value(e, EV_TOPIC), processor_topics[TOPIC_CHECKOUT]) == 0;
	struct charge_result r = { 0 };
	struct setup s;

	*ret_ours = false;
	if (subject == NULL)
		return 0;
	if (take(j, subject, &s, err) < 0)
		return -1;
	if (s.f == NULL || strcmp(value(&s, SET_PROCESSOR_ID), told_value(e, EV_PROCESSOR)) != 0)
		return 0;
	*ret_ours = true;
	s.event = e->id;
	if (is_over(&s))
		return told_end(j, e, NULL, err);
	page = checkout ? told_value(e, EV_OBJECT) : value(&s, SET_PAGE);
	if (look(at, j, &s, page, &r, err) < 0)
		return processor_wait(j, &e->row, &r.trouble, WAIT_S, err);
	/* Of a page whose answer is on its way still, our own call tells. */
	if (r.state == CHARGE_ABSENT && r.page_ref == NULL)
		return told_end(j, e, NULL, err);
	if (write_down(j, &s, &r, err) == 0)
		return 0;
	if (err->code != ERR_wrong_state)
		return -1;
	err_clear(err);
	return told_end(j, e, NULL, err);
}

int
detach_run(struct job *j, struct err *err)
{
	const struct payment_env *env = j->state;
	struct processor_trouble trouble = { 0 };
	struct flush *f = flush_new(j->db, j->arena);
	struct account_row row;
	struct at_processor at;
	struct str id, token;
	const char *method;
	int s;

	if (!jval_str(j->payload, "method_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no method.");
	method = str_dup(j->arena, id);
	enter_add_read(f, &j->who);
	s = flush_addv(f, "SELECT * FROM payment.detach_take($1)", method, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) == 0)
		return 0;
	row = (struct account_row){ .kind = flush_value(f, s, 0, DETACH_PROCESSOR),
				    .id = flush_value(f, s, 0, DETACH_PROCESSOR_ID),
				    .key_sealed = flush_value(f, s, 0, DETACH_KEY),
				    .live = flush_bool(f, s, 0, DETACH_LIVE) };
	if (at_processor(j, &row, &at, err) < 0 ||
	    unseal(j->arena, env->secret,
		   arena_printf(j->arena, "%s|payment.method|token|%s", j->who.tenant.z, method),
		   flush_value(f, s, 0, DETACH_TOKEN), &token, err) < 0)
		return -1;
	if (at.p->forget != NULL && at.p->forget(&at.env, j->arena, token, &trouble, err) < 0)
		return processor_wait(j, &row, &trouble, WAIT_S, err);
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	flush_addv(f, "SELECT payment.detach_end($1)", method, FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	return flush_run(f, err);
}
