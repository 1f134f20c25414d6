/*
 * batch_job.c - job bill_batch of billfold-invoiced: some of a run's subscriptions, until none of
 * them is due any more.
 *
 * A round bills one bill date of each in one transaction; what was missed takes a round each. What
 * the database refuses is looked for by halves and parked by itself. Books that are closed and a
 * series that is ahead of today are read with the rest and park at once those whom they keep from
 * being billed: neither passes before a day is over. Where they have come since the round was read,
 * it is read again. What may pass (no connection) fails the job, and so does what kills its worker:
 * it is tried again, and then shared out to two batches of half as many, until what stands in the
 * way is alone (billing.batch_split) and parked. Only tries since the last round that committed
 * count. Whatever dies here and whenever: what was committed has moved its bill dates, the rest is
 * due still.
 */
#include "batch.h"

#include <billfold/billing.h>

enum { TRIES = 2, TRIES_ALONE = 3 };

struct batch_work {
	struct job *j;
	const char *run, *batch;
};

static void
give_up(struct job *j, struct arena *a)
{
	struct flush *f = flush_new(j->db, a);
	struct err scrap = { 0 };

	flush_rollback(f);
	flush_run(f, &scrap); /* a connection that is gone has rolled back */
}

/* Its day was closed, or midnight has passed and others have taken numbers, since it was read. */
static bool
was_overtaken(const struct err *err)
{
	return err->code == ERR_period_locked || err->code == ERR_issue_date_before_series;
}

/* It is not the row's fault. */
static bool
may_pass(const struct err *err)
{
	return err_def(err)->retryable || err->code == ERR_conflict || was_overtaken(err);
}

/* The round counts as a step of its job, and only while the job is ours. */
static int
write_round(struct batch_work *w, struct batch *b, struct err *err)
{
	struct flush *f = flush_new(w->j->db, b->arena);
	int64_t billed, parked;

	batch_count(b, &billed, &parked);
	batch_write(f, b);
	flush_addv(f, "SELECT billing.batch_count($1, $2, $3, $4, false)", w->run, w->batch,
		   int_text(b->arena, billed), int_text(b->arena, parked), FLUSH_END);
	flush_addv(f, "SELECT job.renew($1, $2, $3, true)", w->j->id, w->j->lease_token,
		   int_text(b->arena, BATCH_LEASE_S), FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* Refused by itself: nothing of it is read again, which may be what is refused. */
static int
park_one(struct batch_work *w, struct arena *a, const char *ids, const struct err *why,
	 struct err *err)
{
	struct flush *f = flush_new(w->j->db, a);

	enter_add(f, &w->j->who);
	flush_addv(f, "SELECT billing.batch_park($1, $2, $3, $4, $5)", w->run, w->batch, ids,
		   err_def(why)->code, why->detail, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

static const char *
ids_text(struct arena *a, const char *const *ids, size_t n)
{
	struct pg_array *arr = pg_array_new(a);

	for (size_t i = 0; i < n; i++)
		pg_array_add(arr, ids[i]);
	return pg_array_text(arr);
}

/* One bill date of each that is due, in one transaction. */
static int
bill_set(struct batch_work *w, struct arena *a, const char *ids, size_t *ret_found, struct err *err)
{
	struct batch b = { 0 };
	int rc = batch_read(w->j, a, ids, &b, err);

	*ret_found = b.n;
	if (rc < 0 || b.n == 0) {
		give_up(w->j, a);
		return rc;
	}
	for (size_t i = 0; i < b.n; i++)
		batch_decide(a, &b.rows[i]);
	return write_round(w, &b, err);
}

/* The same, whatever some of them are; how many were due. */
static int
bill_some(struct batch_work *w, const char *const *ids, size_t n, size_t *ret_found,
	  struct err *err)
{
	struct arena *a = arena_new(0);
	struct err why = { 0 };
	size_t half = n / 2, found = 0;
	int rc;

	rc = bill_set(w, a, ids_text(a, ids, n), ret_found, &why);
	if (rc < 0 && was_overtaken(&why)) {
		why = (struct err){ 0 };
		rc = bill_set(w, a, ids_text(a, ids, n), ret_found, &why);
	}
	if (rc < 0) {
		rc = 0;
		why.fields = why.last = NULL; /* of another arena's life */
		*ret_found = n;
		if (may_pass(&why)) {
			*err = why;
			rc = -1;
		} else if (n == 1) {
			rc = park_one(w, a, ids_text(a, ids, 1), &why, err);
		} else if (bill_some(w, ids, half, &found, err) < 0 ||
			   bill_some(w, ids + half, n - half, &found, err) < 0) {
			rc = -1;
		}
	}
	arena_free(a);
	return rc;
}

static int
read_ids(struct batch_work *w, const char ***ret, size_t *ret_n, struct err *err)
{
	struct arena *a = w->j->arena;
	struct flush *f = flush_new(w->j->db, a);
	int stmt;

	enter_add_read(f, &w->j->who);
	stmt =
	    flush_addv(f, "SELECT * FROM billing.batch_ids($1, $2)", w->run, w->batch, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret_n = (size_t)flush_rows(f, stmt);
	*ret = arena_array(a, *ret_n ? *ret_n : 1, sizeof(**ret));
	for (size_t i = 0; i < *ret_n; i++)
		(*ret)[i] = flush_value(f, stmt, (int)i, 0);
	return 0;
}

/* With it, where it was the last one, the run. */
static int
end_batch(struct batch_work *w, const char *sql, struct err *err)
{
	struct flush *f = flush_new(w->j->db, w->j->arena);

	enter_add(f, &w->j->who);
	flush_addv(f, sql, w->run, w->batch, FLUSH_END);
	job_done_add(f, w->j);
	flush_addv(f, "SELECT billing.run_end($1)", w->run, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* Whether so many have been tried in vain as they are: a half of such a batch once, one alone until
 * what passes has surely passed. */
static bool
used_up(const struct job *j, size_t n)
{
	bool suspect = false;
	int tries;

	member_bool(j->payload, "suspect", &suspect);
	tries = n == 1 ? TRIES_ALONE : suspect ? 1 : TRIES;
	return j->attempts > tries;
}

int
batch_run(struct job *j, struct err *err)
{
	struct batch_work w = { .j = j,
				.run = member_text(j->arena, j->payload, "billing_run_id"),
				.batch = member_text(j->arena, j->payload, "batch_id") };
	const char **ids;
	size_t n, found = 1;

	if (!w.run || !w.batch)
		return err_set(err, ERR_validation_failed, "The job names no batch.");
	if (read_ids(&w, &ids, &n, err) < 0)
		return -1;
	if (used_up(j, n))
		return end_batch(&w, "SELECT billing.batch_split($1, $2)", err);
	while (n > 0 && found > 0) {
		if (bill_some(&w, ids, n, &found, err) < 0)
			return -1;
	}
	return end_batch(&w, "SELECT billing.batch_count($1, $2, 0, 0, true)", err);
}
