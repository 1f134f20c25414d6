/*
 * told.c - what a processor told is applied: the present state of the thing it is about is asked
 * for and made true here.
 *
 * So it does not matter in which order events come, how often, or whether they come before the
 * answer to our own call: each asks the same question. What is about nothing of ours is parked,
 * with its reason, for people to see.
 */
#include "told.h"

#include <billfold/base/log.h>

enum {
	WAIT_S = 30,
	UNCLEAR_TRIES = 4 /* an answer of another kind passes; a charge of another amount stays */
};

const char *
told_value(const struct told *e, int col)
{
	return flush_value(e->f, e->stmt, 0, col);
}

static int
take(struct job *j, struct told *ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	struct str id;

	if (!jval_str(j->payload, "event_id", &id))
		return err_set(err, ERR_validation_failed, "The job names no event.");
	ret->id = str_dup(j->arena, id);
	enter_add_read(f, &j->who);
	ret->stmt = flush_addv(f, "SELECT * FROM connect.inbound_take($1)", ret->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, ret->stmt) == 0)
		return err_set(err, ERR_not_found, "There is no such event.");
	ret->f = f;
	ret->row = (struct account_row){ .kind = told_value(ret, EV_KIND),
					 .id = told_value(ret, EV_PROCESSOR),
					 .key_sealed = told_value(ret, EV_KEY),
					 .live = flush_bool(f, ret->stmt, 0, EV_LIVE) };
	return 0;
}

void
told_end_add(struct flush *f, struct job *j, const char *event, const char *reason)
{
	flush_addv(f, "SELECT connect.inbound_end($1, $2, $3)", event,
		   reason ? "parked" : "applied", reason, FLUSH_END);
	job_done_add(f, j);
}

int
told_end(struct job *j, const struct told *e, const char *reason, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	told_end_add(f, j, e->id, reason);
	flush_commit(f);
	return flush_run(f, err);
}

int
told_attempt(struct job *j, const struct told *e, const char **ret, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	enter_add_read(f, &j->who);
	s = flush_addv(f, "SELECT payment.attempt_of_charge($1, $2, $3)",
		       told_value(e, EV_PROCESSOR), told_value(e, EV_SUBJECT),
		       told_value(e, EV_CHARGE), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = flush_value(f, s, 0, 0);
	return 0;
}

/* A charge of an attempt of ours: what became of it by now. */
static int
tell_charge(struct job *j, const struct told *e, const struct at_processor *at, const char *attempt,
	    struct err *err)
{
	struct charge_result r = { 0 };
	struct taken t = { 0 };
	const char *page = NULL;
	bool paid;

	if (attempt_take(j, attempt, &t, err) < 0)
		return -1;
	paid = strcmp(taken_value(&t, COL_STATE), "succeeded") == 0;
	if (strcmp(told_value(e, EV_TOPIC), processor_topics[TOPIC_CHECKOUT]) == 0)
		page = told_value(e, EV_OBJECT);
	if (attempt_look_up(at, j, &t, told_value(e, EV_CHARGE), page, &r, err) < 0)
		return processor_wait(j, &e->row, &r.trouble, WAIT_S, err);
	if (r.state == CHARGE_ABSENT && r.page_ref != NULL && !taken_is_over(&t)) {
		t.event = e->id;
		return attempt_cancelled(j, &t, err);
	}
	if (r.state == CHARGE_ABSENT && r.page_ref != NULL)
		return told_end(j, e, NULL, err);
	if (r.state == CHARGE_UNKNOWN && j->attempts < UNCLEAR_TRIES)
		return err_set(err, ERR_bad_gateway, "The processor's answer makes no sense.");
	if (r.state == CHARGE_UNKNOWN || r.state == CHARGE_ABSENT)
		return told_end(j, e, "The processor's charge is not what the attempt asked for.",
				err);
	t.event = e->id;
	if (r.state == CHARGE_SUCCEEDED && !paid)
		return attempt_succeeded(j, &t, &r, err);
	if (r.state == CHARGE_SUCCEEDED && attempt_tells_more(&t, &r))
		return attempt_more(j, &t, &r, err);
	if (r.state == CHARGE_PROCESSING && !taken_is_over(&t) &&
	    !flush_bool(t.f, t.stmt, 0, COL_PROCESSING))
		return attempt_processing(j, &t, &r, err);
	if (r.state == CHARGE_DECLINED && !taken_is_over(&t))
		return attempt_declined(j, &t, &r, err);
	if (r.state == CHARGE_DECLINED && strcmp(taken_value(&t, COL_STATE), "declined") == 0 &&
	    attempt_tells_more(&t, &r))
		return attempt_more(j, &t, &r, err);
	return told_end(j, e, NULL, err);
}

/*
 * Our own call's answer, or another event, may be written meanwhile. It says the same of the
 * charge, but may know less beside that, its fees above all: so the question is asked once more. A
 * conflict is a fee that was booked in between.
 */
static int
told_charge(struct job *j, const struct told *e, const struct at_processor *at, struct err *err)
{
	const char *attempt;
	int rc;

	if (told_attempt(j, e, &attempt, err) < 0)
		return -1;
	if (attempt == NULL)
		return told_end(j, e, "It is about a charge that is none of ours.", err);
	rc = tell_charge(j, e, at, attempt, err);
	if (rc < 0 && (err->code == ERR_wrong_state || err->code == ERR_conflict)) {
		err_clear(err);
		rc = tell_charge(j, e, at, attempt, err);
	}
	if (rc == 0 || (err->code != ERR_wrong_state && err->code != ERR_conflict))
		return rc;
	err_clear(err);
	return told_end(j, e, NULL, err);
}

int
told_run(struct job *j, struct err *err)
{
	struct told e = { 0 };
	struct at_processor at;
	const char *topic;
	bool checkout, ours;

	if (take(j, &e, err) < 0)
		return -1;
	if (strcmp(told_value(&e, EV_STATE), "received") != 0)
		return 0;
	if (at_processor(j, &e.row, &at, err) < 0)
		return -1;
	topic = told_value(&e, EV_TOPIC);
	checkout = strcmp(topic, processor_topics[TOPIC_CHECKOUT]) == 0;
	if (checkout || strcmp(topic, processor_topics[TOPIC_METHOD]) == 0) {
		if (told_setup(j, &e, &at, &ours, err) < 0)
			return -1;
		if (ours)
			return 0;
		if (!checkout)
			return told_end(j, &e, "It is about a method that is none of ours.", err);
	}
	if (checkout || strcmp(topic, processor_topics[TOPIC_CHARGE]) == 0)
		return told_charge(j, &e, &at, err);
	if (strcmp(topic, processor_topics[TOPIC_REFUND]) == 0)
		return told_refund(j, &e, &at, err);
	if (strcmp(topic, processor_topics[TOPIC_DISPUTE]) == 0)
		return told_dispute(j, &e, &at, err);
	if (strcmp(topic, processor_topics[TOPIC_MANDATE]) == 0)
		return told_mandate(j, &e, &at, err);
	return told_end(j, &e, "Nothing here knows what to do with it.", err);
}
