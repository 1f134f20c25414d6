/*
 * export_run.c - an export at work.
 *
 * One statement's cursor reads all rows, so that the file shows one moment however long it takes;
 * it only reads, and so holds nobody up. The rows go to a file of this process that has no name;
 * from there to the operation, in pieces, each a short transaction. The lease goes on meanwhile,
 * and with it the question whether anybody has asked for the end. An export that was cut off begins
 * anew.
 */
#include "export.h"

#include "compose.h"
#include "field.h"

#include <billfold/base/date.h>
#include <billfold/base/monotonic.h>

#include <stdio.h>

enum { ROWS_A_FETCH = 500, KEEP_MS = 5000, PIECE = 512 * 1024, ROW_MAX = 16 * 1024 * 1024 };

struct run {
	struct work w;
	struct call *call;
	struct export_plan plan;
	struct export_table *table; /* NULL: JSON lines */
	FILE *spool;
	struct db *beside; /* while rows are read; NULL until it is needed */
	int64_t keep_at;
	int64_t rows, bytes, parts;
	struct arena *arena; /* of a piece */
	struct sb piece;
};

/* ---- reading ---- */

static int
open_cursor(struct run *run, struct err *err)
{
	struct arena *a = run->w.life;
	struct flush *f = flush_new(run->w.job->db, a);
	struct sql_params params = { 0 };
	struct sb sb;

	sb_init(&sb, a, SQL_MAX);
	sb_addf(&sb,
		"DECLARE export_rows NO SCROLL CURSOR FOR SELECT row_to_json(r)::text FROM %s v "
		"CROSS JOIN LATERAL (SELECT ",
		run->w.res->view);
	sb_addz(&sb, selection_sql(run->call, run->plan.page.selection));
	sb_addz(&sb, ") r");
	page_where(a, &run->plan.page, &sb, &params);
	sb_addz(&sb, " ORDER BY v.id");
	enter_add_read(f, &run->w.who);
	flush_add(f, sb_z(&sb), (int)params.list.n, params.list.v);
	return flush_run(f, err);
}

static int
spool_row(struct run *run, struct str row, struct err *err)
{
	struct json_object *o;

	if (run->table) {
		if (jscan_parse(run->w.step, row, &o, err) < 0)
			return -1;
		export_table_see(run->table, o);
	}
	if (fwrite(row.p, 1, row.len, run->spool) != row.len || fputc('\n', run->spool) == EOF)
		return err_set(err, ERR_unavailable, "There is no room for the file: %m");
	run->rows++;
	return 0;
}

static int
keep_lease(struct run *run, struct err *err)
{
	if (monotonic_ms() < run->keep_at)
		return 0;
	if (!run->beside)
		run->beside = db_beside(run->w.job->db);
	run->keep_at = monotonic_ms() + KEEP_MS;
	return work_keep(&run->w, run->beside, err);
}

static int
fetch_rows(struct run *run, struct err *err)
{
	int n = ROWS_A_FETCH;

	while (n == ROWS_A_FETCH) {
		struct flush *f;
		int s;

		work_forget(&run->w);
		if (keep_lease(run, err) < 0)
			return -1;
		if (run->w.cancelled)
			return 0;
		f = flush_new(run->w.job->db, run->w.step);
		s = flush_addv(f,
			       arena_printf(run->w.step, "FETCH %d FROM export_rows", ROWS_A_FETCH),
			       FLUSH_END);
		if (flush_run(f, err) < 0)
			return -1;
		n = flush_rows(f, s);
		for (int i = 0; i < n; i++) {
			if (spool_row(run, flush_str(f, s, i, 0), err) < 0)
				return -1;
		}
	}
	return 0;
}

static int
read_rows(struct run *run, struct err *err)
{
	struct flush *end = flush_new(run->w.job->db, run->w.life);
	struct err scrap = { 0 };
	int rc;

	run->keep_at = monotonic_ms() + KEEP_MS;
	if (open_cursor(run, err) < 0)
		return -1;
	rc = fetch_rows(run, err);
	flush_commit(end);
	if (flush_run(end, rc < 0 ? &scrap : err) < 0)
		rc = -1;
	db_free(run->beside);
	run->beside = NULL;
	return rc;
}

/* ---- writing ---- */

static int
store_piece(struct run *run, struct err *err)
{
	struct arena *a = run->arena;
	struct flush *f = flush_new(run->w.job->db, a);
	const char *text = sb_z(&run->piece);
	int s;

	run->bytes += (int64_t)run->piece.len;
	enter_add(f, &run->w.job->who);
	if (run->parts == 0)
		flush_addv(f, "DELETE FROM meta.operation_part WHERE operation_id = $1", run->w.id,
			   FLUSH_END);
	flush_addv(f,
		   "INSERT INTO meta.operation_part (operation_id, part, position, line, content) "
		   "VALUES ($1, $2, 1, 1, $3)",
		   run->w.id, int_text(a, run->parts), text, FLUSH_END);
	flush_addv(f, "SELECT job.renew($1::uuid, $2::uuid, $3::integer)", run->w.job->id,
		   run->w.job->lease_token, int_text(a, WORK_LEASE_S), FLUSH_END);
	s = flush_addv(f, "SELECT o.cancel_requested FROM meta.operation o WHERE o.id = $1",
		       run->w.id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	run->w.cancelled |= flush_bool(f, s, 0, 0);
	run->parts++;
	arena_reset(run->arena);
	sb_init(&run->piece, run->arena, PIECE + ROW_MAX);
	return 0;
}

static int
write_row(struct run *run, struct str line, struct err *err)
{
	struct json_object *o;

	if (!run->table) {
		sb_add(&run->piece, line);
		sb_addc(&run->piece, '\n');
	} else {
		if (jscan_parse(run->arena, line, &o, err) < 0)
			return -1;
		export_table_row(run->table, o, &run->piece);
	}
	if (!sb_ok(&run->piece))
		return err_set(err, ERR_payload_too_large, "A row is too large for the file.");
	return run->piece.len >= PIECE ? store_piece(run, err) : 0;
}

static int
write_rows(struct run *run, struct err *err)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc = 0;

	run->arena = arena_new(1 << 20);
	sb_init(&run->piece, run->arena, PIECE + ROW_MAX);
	if (run->table)
		export_table_header(run->table, &run->piece);
	if (fflush(run->spool) != 0)
		rc = err_set(err, ERR_unavailable, "There is no room for the file: %m");
	rewind(run->spool);
	while (rc == 0 && !run->w.cancelled && (n = getline(&line, &size, run->spool)) > 0)
		rc = write_row(run, (struct str){ line, (size_t)n - 1 }, err);
	if (rc == 0 && ferror(run->spool))
		rc = err_set(err, ERR_unavailable, "The file cannot be read back: %m");
	free(line);
	if (rc == 0 && !run->w.cancelled && (run->piece.len || run->parts == 0))
		rc = store_piece(run, err);
	arena_free(run->arena);
	return rc;
}

/* ---- the end ---- */

static const char *
result_text(struct run *run)
{
	struct jw jw;
	char now[INSTANT_TEXT];

	instant_format(instant_now(), now);
	now[10] = '\0'; /* the date */
	jw_init(&jw, run->w.life, JSON_TEXT_MAX);
	jw_object(&jw);
	jw_kint(&jw, "rows", run->rows);
	jw_kint(&jw, "bytes", run->bytes);
	jw_kstr(&jw, "media", run->plan.jsonl ? "application/x-ndjson" : "text/csv; charset=utf-8");
	jw_kstr(&jw, "name",
		arena_printf(run->w.life, "%s-%s.%s", run->w.res->path, now,
			     run->plan.jsonl ? "jsonl" : "csv"));
	jw_end_object(&jw);
	return sb_z(&jw.sb);
}

static int
count_rows(struct run *run, struct err *err)
{
	struct flush *f = flush_new(run->w.job->db, run->w.life);

	enter_add(f, &run->w.job->who);
	flush_addv(f,
		   "UPDATE meta.operation SET total = $2::bigint, done = $2::bigint WHERE id = $1",
		   run->w.id, int_text(run->w.life, run->rows), FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

static int
run_all(struct run *run, struct err *err)
{
	run->call = arena_alloc(run->w.life, sizeof(*run->call));
	work_call(&run->w, run->call);
	run->call->arena = run->w.life;
	if (export_plan_read(run->call, run->w.res, jval_get(run->w.params, "spec"), &run->plan,
			     err) < 0)
		return -1;
	if (!run->plan.jsonl) {
		run->table = export_table_new(run->call, run->plan.page.selection, err);
		if (!run->table)
			return -1;
	}
	if (read_rows(run, err) < 0 || write_rows(run, err) < 0)
		return -1;
	if (run->w.cancelled)
		return work_end(&run->w, "cancelled", NULL, NULL, err);
	if (count_rows(run, err) < 0)
		return -1;
	return work_end(&run->w, "done", NULL, result_text(run), err);
}

int
export_run(struct job *j, struct err *err)
{
	struct run run = { 0 };
	int rc = work_begin(&run.w, j, err);

	if (rc > 0) {
		rc = 0;
	} else if (rc == 0) {
		run.spool = tmpfile();
		rc = run.spool ? run_all(&run, err)
			       : err_set(err, ERR_unavailable, "There is no room for a file: %m");
		if (run.spool)
			fclose(run.spool);
		if (rc < 0)
			rc = work_stopped(&run.w, err);
	}
	work_close(&run.w);
	return rc;
}
