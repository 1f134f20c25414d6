/*
 * import_run.c - an import at work: pieces of the file, in passes, in steps of some hundreds of
 * rows.
 *
 * Rows that refer to other rows of the file wait until those are there: the file is gone through
 * again for them, as long as that brings any of them on. A key that comes twice is taken in order:
 * its second row changes what the first one made.
 */
#include "field.h"
#include "import_rows.h"

enum { ROWS_A_STEP = 500 };

struct import {
	struct work w;
	struct import_plan plan;
	int64_t *waiting; /* positions that this pass is for; NULL: all */
	size_t n_waiting;
	int64_t next_told; /* position from which the planner is told again */
};

/* ---- pieces ---- */

/* ret->text.p NULL: there is no such piece. */
static int
read_piece(struct import *m, struct arena *a, int part, struct record_piece *ret, struct err *err)
{
	struct flush *f = flush_new(m->w.job->db, a);
	int s;

	enter_add_read(f, &m->w.job->who);
	s = flush_addv(f,
		       "SELECT content, position, line FROM meta.operation_part WHERE "
		       "operation_id = $1 AND part = $2",
		       m->w.id, int_text(a, part), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = (struct record_piece){ 0 };
	if (flush_rows(f, s))
		*ret = (struct record_piece){ .text = flush_str(f, s, 0, 0),
					      .position = flush_int(f, s, 0, 1),
					      .line = flush_int(f, s, 0, 2) };
	return 0;
}

/* Its records; none where there is no such piece. */
static int
read_records(struct import *m, struct arena *a, int part, struct record_piece *ret,
	     record_vec *ret_records, struct err *err)
{
	if (read_piece(m, a, part, ret, err) < 0)
		return -1;
	return ret->text.p ? records_parse(a, ret, m->plan.delimiter, ret_records, err) : 0;
}

/* The piece that the next row is in. */
static int
find_piece(struct import *m, int *ret, struct err *err)
{
	struct flush *f = flush_new(m->w.job->db, m->w.step);
	int s;

	enter_add_read(f, &m->w.job->who);
	s = flush_addv(f,
		       "SELECT coalesce(max(part), 0) FROM meta.operation_part WHERE operation_id "
		       "= $1 AND position <= $2::bigint + 1",
		       m->w.id, int_text(m->w.step, m->w.position), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = (int)flush_int(f, s, 0, 0);
	return 0;
}

/* ---- keys of the file's own ---- */

static int
compare_keys(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static int
read_keys(struct import *m, size_t cell, struct import_keys *ret, struct err *err)
{
	VEC(const char *) keys = { 0 };
	struct record_piece piece;
	int rc, part = 0;

	do {
		struct arena *a = arena_new(0);
		record_vec records = { 0 };

		rc = read_records(m, a, part++, &piece, &records, err);
		for (size_t i = 0; rc == 0 && i < records.n; i++) {
			if (cell < records.v[i].n && records.v[i].cells[cell].len)
				*vec_push(m->w.life, &keys) =
				    str_dup(m->w.life, record_text(records.v[i].cells[cell]));
		}
		arena_free(a);
	} while (rc == 0 && piece.text.p);
	if (rc < 0)
		return -1;
	if (keys.n)
		qsort(keys.v, keys.n, sizeof(*keys.v), compare_keys);
	*ret = (struct import_keys){ keys.v, keys.n };
	return 0;
}

static int
read_all_keys(struct import *m, struct err *err)
{
	struct import_plan *plan = &m->plan;
	size_t cell;

	for (size_t k = 0; k < plan->map.columns.n; k++) {
		if (!import_own_keys(plan, &plan->map.columns.v[k], &cell))
			continue;
		if (!plan->keys)
			plan->keys = arena_array(m->w.life, plan->map.columns.n,
						 sizeof(struct import_keys *));
		plan->keys[k] = arena_alloc(m->w.life, sizeof(*plan->keys[k]));
		if (read_keys(m, cell, plan->keys[k], err) < 0)
			return -1;
	}
	return 0;
}

/* ---- rows that wait ---- */

static int
read_waiting(struct import *m, struct err *err)
{
	struct flush *f = flush_new(m->w.job->db, m->w.step);
	int s;

	m->waiting = NULL;
	if (m->w.pass == 1)
		return 0;
	enter_add_read(f, &m->w.job->who);
	s = flush_addv(f,
		       "SELECT position FROM meta.operation_result WHERE operation_id = $1 AND "
		       "outcome = 'pending' ORDER BY position",
		       m->w.id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	m->n_waiting = (size_t)flush_rows(f, s);
	m->waiting = arena_array(m->w.life, m->n_waiting + 1, sizeof(*m->waiting));
	for (size_t i = 0; i < m->n_waiting; i++)
		m->waiting[i] = flush_int(f, s, (int)i, 0);
	return 0;
}

static bool
is_for_this_pass(const struct import *m, int64_t position)
{
	size_t lo = 0, hi = m->n_waiting;

	if (position <= m->w.position)
		return false;
	if (!m->waiting)
		return true;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (m->waiting[mid] < position)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < m->n_waiting && m->waiting[lo] == position;
}

/* ---- a step ---- */

static int
do_rows(struct import *m, const struct record *records, const int64_t *positions, size_t n,
	struct err *err)
{
	struct work_step step;
	struct import_row *rows =
	    import_rows_make(m->w.step, &m->plan, records, positions, n, &step);
	struct call c;

	work_call(&m->w, &c);
	if (import_rows_plan(&c, &m->plan, rows, n, err) < 0)
		return -1;
	return work_do(&m->w, &step, err);
}

/* ---- a pass ---- */

static bool
repeats(const struct import *m, const struct record *records, size_t n, const struct record *r)
{
	size_t cell = m->plan.match.cell;

	if (!m->plan.match.given || cell >= r->n || r->cells[cell].len == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (cell < records[i].n && str_eq_nocase(records[i].cells[cell], r->cells[cell]))
			return true;
	}
	return false;
}

/* The rows of a piece in steps. 1: the run ends here, *ret_run is what it returns. */
static int
do_piece(struct import *m, const struct record_piece *piece, const record_vec *all, int *ret_run,
	 struct err *err)
{
	struct record *records = arena_array(m->w.life, ROWS_A_STEP, sizeof(*records));
	int64_t positions[ROWS_A_STEP];
	size_t n = 0;

	for (size_t i = 0; i <= all->n; i++) {
		const struct record *r = i < all->n ? &all->v[i] : NULL;
		int64_t position = piece->position + (int64_t)i;

		if (r && !is_for_this_pass(m, position))
			continue;
		if (n && (!r || n == ROWS_A_STEP || repeats(m, records, n, r))) {
			int rc = do_rows(m, records, positions, n, err);

			work_forget(&m->w);
			n = 0;
			if (rc < 0)
				return -1;
			if (m->w.position >= m->next_told) {
				work_tell_planner(&m->w);
				m->next_told = m->w.position * 3;
			}
			if (!work_goes_on(&m->w, ret_run, err))
				return 1;
		}
		if (r) {
			records[n] = *r;
			positions[n++] = position;
		}
	}
	return 0;
}

/* 0: the pass is through. 1: the run ends here, *ret_run is what it returns. */
static int
do_pass(struct import *m, int *ret_run, struct err *err)
{
	struct record_piece piece;
	int part, rc;

	if (find_piece(m, &part, err) < 0 || read_waiting(m, err) < 0)
		return -1;
	do {
		struct arena *a = arena_new(1 << 20);
		record_vec records = { 0 };

		rc = read_records(m, a, part++, &piece, &records, err);
		if (rc == 0 && piece.text.p)
			rc = do_piece(m, &piece, &records, ret_run, err);
		arena_free(a);
	} while (rc == 0 && piece.text.p);
	return rc;
}

/* ---- all or none ---- */

static int
read_all(struct import *m, record_vec *ret, struct err *err)
{
	struct record_piece piece;

	for (int part = 0;; part++) {
		if (read_records(m, m->w.life, part, &piece, ret, err) < 0)
			return -1;
		if (!piece.text.p)
			return 0;
	}
}

/* A key may come once: its second row could not find what the first one is about to make. */
static void
refuse_repeats(struct call *c, struct import_row *rows, size_t n)
{
	const char **keys = arena_array(c->arena, n + 1, sizeof(*keys));
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].key)
			keys[k++] = rows[i].key;
	}
	qsort(keys, k, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < n; i++) {
		const char **at = rows[i].key
				      ? bsearch(&rows[i].key, keys, k, sizeof(*keys), compare_keys)
				      : NULL;

		if (at && ((at > keys && strcmp(at[-1], *at) == 0) ||
			   (at + 1 < keys + k && strcmp(at[1], *at) == 0)))
			err_field(&rows[i].item->err, c->arena, "", "duplicate",
				  "Another record of the file has this key.");
	}
}

static size_t
count_failed(const struct work_step *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->items[i].err.code != ERR_none;
	return n;
}

/* What is left of a step of which some are refused: those, and all others as skipped. */
static int
record_refused(struct import *m, struct work_step *s, size_t failed, struct err *err)
{
	struct err why = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		bool wrong = s->items[i].err.code != ERR_none;

		s->items[i].outcome = wrong          ? "failed"
				      : m->w.dry_run ? s->items[i].outcome
						     : "skipped";
		if (!wrong && !m->w.dry_run)
			s->items[i].object_id = NULL;
	}
	if (work_record(&m->w, s->items, s->n, err) < 0)
		return -1;
	err_set(&why, ERR_validation_failed, "%zu of %zu records cannot be taken; none was.",
		failed, s->n);
	return work_end(&m->w, "failed", &why, NULL, err);
}

static int
run_atomic(struct import *m, struct err *err)
{
	record_vec records = { 0 };
	struct import_row *rows;
	struct work_step step;
	int64_t *positions;
	struct call c;
	int rc = 0;

	if (read_all(m, &records, err) < 0)
		return -1;
	positions = arena_array(m->w.life, records.n + 1, sizeof(*positions));
	for (size_t i = 0; i < records.n; i++)
		positions[i] = (int64_t)i + 1;
	rows = import_rows_make(m->w.step, &m->plan, records.v, positions, records.n, &step);
	work_call(&m->w, &c);
	if (import_rows_plan(&c, &m->plan, rows, records.n, err) < 0)
		return -1;
	refuse_repeats(&c, rows, records.n);
	if (count_failed(&step) == 0 && !m->w.dry_run) {
		rc = work_do_whole(&m->w, &step, err);
		if (rc < 0)
			return -1;
	}
	if (rc == 0 && count_failed(&step) == 0 && !m->w.dry_run)
		return work_end(&m->w, "done", NULL, NULL, err);
	err_clear(err);
	if (work_try(&m->w, &step, err) < 0)
		return -1;
	if (count_failed(&step) == 0 && m->w.dry_run) {
		if (work_record(&m->w, step.items, step.n, err) < 0)
			return -1;
		return work_end(&m->w, "done", NULL, NULL, err);
	}
	return record_refused(m, &step, count_failed(&step), err);
}

/* ---- the run ---- */

static const char *
result_text(struct import *m)
{
	struct jw jw;

	jw_init(&jw, m->w.life, JSON_TEXT_MAX);
	jw_object(&jw);
	jw_key(&jw, "unmapped_columns");
	jw_array(&jw);
	for (size_t i = 0; i < m->plan.map.unmapped.n; i++)
		jw_strz(&jw, m->plan.map.unmapped.v[i]);
	jw_end_array(&jw);
	jw_end_object(&jw);
	return sb_ok(&jw.sb) ? sb_z(&jw.sb) : NULL;
}

/* 0: over. 1: another pass. */
static int
next_pass(struct import *m, bool *ret_all_failed, struct err *err)
{
	struct flush *f = flush_new(m->w.job->db, m->w.step);
	int s, counts;

	enter_add(f, &m->w.job->who);
	s = flush_addv(f, "SELECT meta.next_pass($1::uuid, $2::integer)", m->w.id,
		       int_text(m->w.step, m->w.pass), FLUSH_END);
	counts = flush_addv(f, "SELECT o.failed = o.total FROM meta.operation o WHERE o.id = $1",
			    m->w.id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret_all_failed = flush_bool(f, counts, 0, 0);
	if (flush_int(f, s, 0, 0) == 0)
		return 0;
	m->w.pass++;
	m->w.position = 0;
	return 1;
}

static int
run_passes(struct import *m, struct err *err)
{
	struct err why = { 0 };
	bool all_failed = false;
	int rc;

	do {
		int run = 0;

		rc = do_pass(m, &run, err);
		if (rc < 0)
			return -1;
		if (rc > 0)
			return run;
		rc = next_pass(m, &all_failed, err);
		if (rc < 0)
			return -1;
		work_forget(&m->w);
	} while (rc > 0);
	if (all_failed)
		err_set(&why, ERR_validation_failed, "None of the records could be taken.");
	return work_end(&m->w, all_failed ? "failed" : "done", all_failed ? &why : NULL,
			result_text(m), err);
}

int
import_run(struct job *j, struct err *err)
{
	struct import m = { 0 };
	struct call *c;
	int rc = work_begin(&m.w, j, err);

	if (rc == 0) {
		c = arena_alloc(m.w.life, sizeof(*c));
		work_call(&m.w, c);
		c->arena = m.w.life;
		rc = import_plan_read(c, m.w.res, m.w.params, &m.plan, err);
		if (rc == 0)
			rc = read_all_keys(&m, err);
		if (rc == 0)
			rc = m.plan.atomic ? run_atomic(&m, err) : run_passes(&m, err);
		if (rc < 0)
			rc = work_stopped(&m.w, err);
	} else if (rc > 0) {
		rc = 0;
	}
	work_close(&m.w);
	return rc;
}
