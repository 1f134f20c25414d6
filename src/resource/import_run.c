/*
 * import_run.c - an import at work: records to rows, rows to writes, in steps of some hundreds.
 *
 * A row that finds its object changes what differs, or nothing; one that finds none makes one. Rows
 * that refer to other rows of the file wait until those are there: the file is gone through again
 * for them, as long as that brings any of them on. A key that comes twice is taken in order: its
 * second row changes what the first one made.
 */
#include "import_rows.h"

#include "body.h"
#include "compose.h"
#include "field.h"
#include "one.h"

#include <billfold/auth/deny.h>

enum { ROWS_A_STEP = 500 };

struct import {
	struct work w;
	struct import_plan plan;
	int64_t *waiting; /* positions that this pass is for; NULL: all */
	size_t n_waiting;
	int64_t next_told; /* position from which the planner is told again */
};

struct import_step {
	struct import *m;
	struct import_row *rows;
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
		       m->w.id, arena_printf(a, "%d", part), FLUSH_END);
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
		       m->w.id, arena_printf(m->w.step, "%lld", (long long)m->w.position),
		       FLUSH_END);
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

/* ---- a row as a write ---- */

static bool
is_blank(const struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->cells[i].len)
			return false;
	}
	return true;
}

/* A new object gets the key that it will be found by. */
static void
add_key(const struct import_plan *plan, struct json_object *body, const char *key)
{
	struct json_object *list = jval_get(body, "external_ids"), *e;

	if (!plan->match.of_system || !key)
		return;
	if (!list) {
		list = json_object_new_array();
		json_object_object_add(body, "external_ids", list);
	}
	/* The map may say it too. */
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (str_eqz(jval_str_of(json_object_array_get_idx(list, i), "system"),
			    plan->match.of_system))
			return;
	}
	e = json_object_new_object();
	json_object_object_add(e, "system", json_object_new_string(plan->match.of_system));
	json_object_object_add(e, "id", json_object_new_string(key));
	json_object_array_add(list, e);
}

/* What an empty cell takes away, a new object does not have. */
static void
drop_nulls(struct json_object *body)
{
	VEC(const char *) keys = { 0 };
	struct arena *a = arena_new(0);

	json_object_object_foreach(body, key, value)
	{
		if (!value)
			*vec_push(a, &keys) = key;
		else if (json_object_is_type(value, json_type_object))
			drop_nulls(value);
	}
	for (size_t i = 0; i < keys.n; i++)
		json_object_object_del(body, keys.v[i]);
	arena_free(a);
}

static void
plan_row(struct call *c, const struct import_plan *plan, struct import_row *row, size_t i)
{
	struct work_item *item = row->item;
	struct err *err = &item->err;
	struct json_object *body;
	struct write *w = &row->w;

	if (!work_live(item) ||
	    column_map_body(c, &plan->map, row->record, row->ids, plan->header.n, &body, err) < 0)
		return;
	*w = (struct write){ .c = c,
			     .res = plan->res,
			     .create = !row->id,
			     .id = row->id ? row->id : uuid_new_z(c->arena),
			     .pointer = arena_printf(c->arena, "/rows/%zu", i) };
	if (w->create) {
		drop_nulls(body);
		add_key(plan, body, row->key);
		item->outcome = "created";
	} else {
		body = body_difference(c->arena, plan->res, body, row->stored);
		item->quiet = json_object_object_length(body) == 0;
		item->outcome = item->quiet ? "skipped" : "updated";
	}
	item->object_id = w->id;
	w->body = body;
	if (item->quiet)
		return;
	if (body_guard(c, plan->res, body, w->pointer, err) < 0) {
		deny_record(c->app->db, c->arena, &c->who, "import", plan->res->name, row->id,
			    err->detail);
		return;
	}
	one_prepare(w, err);
}

/* Pointers of a row's own errors lose the row's place in the step. */
static void
strip_pointers(struct arena *a, struct import_row *rows, size_t lo, size_t hi)
{
	for (size_t i = lo; i < hi; i++) {
		struct str under = str_from(arena_printf(a, "/rows/%zu/", i));

		for (struct err_field *e = rows[i].item->err.fields; e; e = e->next) {
			if (str_starts(str_from(e->pointer), under))
				e->pointer += under.len - 1;
		}
	}
}

/* ---- a step ---- */

static void
hold_rows(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi)
{
	struct import_row *rows = ((struct import_step *)s->arg)->rows;

	for (size_t i = lo; i < hi; i++) {
		struct write *w = &rows[i].w;

		if (work_live(&s->items[i]) && !w->create)
			compose_expect(f, c->arena, w->res, w->id, NULL, w->res->archives,
				       arena_printf(c->arena, "/rows/%zu", i));
	}
}

static void
plan_again(struct work_step *s, struct call *c, size_t lo, size_t hi)
{
	struct import_step *step = s->arg;

	for (size_t i = lo; i < hi; i++)
		plan_row(c, &step->m->plan, &step->rows[i], i);
	strip_pointers(c->arena, step->rows, lo, hi);
}

static int
add_rows(struct work_step *s, struct call *c, struct flush *f, size_t lo, size_t hi,
	 struct err *err)
{
	struct import_row *rows = ((struct import_step *)s->arg)->rows;
	struct write **writes = arena_array(c->arena, hi - lo + 1, sizeof(*writes));
	size_t n = 0;

	(void)err;
	for (size_t i = lo; i < hi; i++) {
		struct write *w = &rows[i].w;

		if (!work_live(&s->items[i]))
			continue;
		if (!w->create)
			compose_expect(f, c->arena, w->res, w->id, NULL, w->res->archives,
				       arena_printf(c->arena, "/rows/%zu", i));
		writes[n++] = w;
	}
	compose_set(writes, n, f);
	return 0;
}

static struct import_row *
make_rows(struct import *m, const struct record *records, const int64_t *positions, size_t n,
	  struct work_step *ret)
{
	struct arena *a = m->w.step;
	struct import_row *rows = arena_array(a, n + 1, sizeof(*rows));
	struct import_step *step = arena_alloc(a, sizeof(*step));

	*step = (struct import_step){ m, rows };
	*ret = (struct work_step){ .items = arena_array(a, n + 1, sizeof(*ret->items)),
				   .n = n,
				   .add = add_rows,
				   .hold = hold_rows,
				   .plan = plan_again,
				   .arg = step };
	for (size_t i = 0; i < n; i++) {
		struct work_item *item = &ret->items[i];

		item->position = positions[i];
		item->line = records[i].line;
		item->quiet = is_blank(&records[i]);
		item->outcome = item->quiet ? "skipped" : "created";
		rows[i].record = &records[i];
		rows[i].item = item;
	}
	return rows;
}

/* Everything that is known of the rows before a write is tried. c must live as long as they do. */
static int
plan_rows(struct import *m, struct call *c, struct import_row *rows, size_t n, struct err *err)
{
	if (import_resolve(c, &m->plan, rows, n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		plan_row(c, &m->plan, &rows[i], i);
	strip_pointers(c->arena, rows, 0, n);
	return 0;
}

static int
do_rows(struct import *m, const struct record *records, const int64_t *positions, size_t n,
	struct err *err)
{
	struct work_step step;
	struct import_row *rows = make_rows(m, records, positions, n, &step);
	struct call c;

	work_call(&m->w, &c);
	if (plan_rows(m, &c, rows, n, err) < 0)
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
	rows = make_rows(m, records.v, positions, records.n, &step);
	work_call(&m->w, &c);
	if (plan_rows(m, &c, rows, records.n, err) < 0)
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
		       arena_printf(m->w.step, "%d", m->w.pass), FLUSH_END);
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
