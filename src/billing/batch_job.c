/*
 * batch_job.c - job bill_batch of billfold-invoiced: some of a run's subscriptions, until none of
 * them is due any more.
 *
 * A round bills one bill date of each in one transaction; what was missed takes a round each. What
 * the database refuses is looked for by halves and parked by itself; what may pass (no connection,
 * a locked period, a series that is ahead of today) fails the job, which is tried again by its
 * kind's policy. Whatever dies here and whenever: what was committed has moved its bill dates, the
 * rest is due still.
 */
#include "batch.h"

#include <billfold/billing.h>

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

/* It is not the row's fault. */
static bool
may_pass(const struct err *err)
{
	return err_def(err)->retryable || err->code == ERR_conflict ||
	       err->code == ERR_period_locked || err->code == ERR_issue_date_before_series;
}

static int
write_round(struct batch_work *w, struct batch *b, struct err *err)
{
	struct flush *f = flush_new(w->j->db, b->arena);
	int64_t billed, parked;

	batch_count(b, &billed, &parked);
	batch_write(f, b);
	flush_addv(f, "SELECT billing.batch_count($1, $2, $3, $4, false)", w->run, w->batch,
		   int_text(b->arena, billed), int_text(b->arena, parked), FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* The row alone, again: refused is parked. */
static int
park_one(struct batch_work *w, struct arena *a, const char *ids, const struct err *why,
	 struct err *err)
{
	struct batch b;

	if (batch_read(w->j, a, ids, &b, err) < 0 || b.n == 0) {
		give_up(w->j, a);
		return b.n == 0 && err->code == ERR_none ? 0 : -1;
	}
	b.rows[0].err = *why;
	b.rows[0].outcome = BATCH_PARKED;
	return write_round(w, &b, err);
}

static const char *
ids_text(struct arena *a, const char *const *ids, size_t n)
{
	struct pg_array *arr = pg_array_new(a);

	for (size_t i = 0; i < n; i++)
		pg_array_add(arr, ids[i]);
	return pg_array_text(arr);
}

/* One bill date of each that is due; how many were. */
static int
bill_some(struct batch_work *w, const char *const *ids, size_t n, size_t *ret_found,
	  struct err *err)
{
	struct arena *a = arena_new(0);
	struct batch b = { 0 };
	struct err why = { 0 };
	size_t half = n / 2, found[2] = { 0, 0 };
	int rc;

	*ret_found = 0;
	rc = batch_read(w->j, a, ids_text(a, ids, n), &b, err);
	if (rc < 0 || b.n == 0) {
		give_up(w->j, a);
		arena_free(a);
		return rc;
	}
	*ret_found = b.n;
	for (size_t i = 0; i < b.n; i++)
		batch_decide(a, &b.rows[i]);
	if (write_round(w, &b, &why) == 0) {
		arena_free(a);
		return 0;
	}
	if (may_pass(&why)) {
		*err = why;
		rc = -1;
	} else if (n == 1) {
		why.fields = why.last = NULL; /* of another arena's life */
		rc = park_one(w, a, ids_text(a, ids, 1), &why, err);
	} else {
		rc = bill_some(w, ids, half, &found[0], err);
		if (rc == 0)
			rc = bill_some(w, ids + half, n - half, &found[1], err);
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

/* By itself: of two batches that end at once the later one sees the other. */
static void
end_run(struct batch_work *w)
{
	struct flush *f = flush_new(w->j->db, w->j->arena);
	struct err ignored = { 0 }; /* the watch ends it */

	enter_add(f, &w->j->who);
	flush_addv(f, "SELECT billing.run_end($1)", w->run, FLUSH_END);
	flush_commit(f);
	flush_run(f, &ignored);
}

int
batch_run(struct job *j, struct err *err)
{
	struct batch_work w = { .j = j,
				.run = member_text(j->arena, j->payload, "billing_run_id"),
				.batch = member_text(j->arena, j->payload, "batch_id") };
	const char **ids;
	struct flush *f;
	size_t n, found = 1;

	if (!w.run || !w.batch)
		return err_set(err, ERR_validation_failed, "The job names no batch.");
	if (read_ids(&w, &ids, &n, err) < 0)
		return -1;
	while (n > 0 && found > 0) {
		if (bill_some(&w, ids, n, &found, err) < 0 || job_renew(j, err) < 0)
			return -1;
	}
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	flush_addv(f, "SELECT billing.batch_count($1, $2, 0, 0, true)", w.run, w.batch, FLUSH_END);
	job_done_add(f, j);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	end_run(&w);
	return 0;
}
