/*
 * cli/doctor.c - billfold doctor: is this installation well, and is what it holds right?
 *
 * Three kinds of checks: of the machine (doctor_host.c), of the database, which brings its own
 * along (base.checks(): functions check_* and invariant_* of every room), and of stored files
 * (doctor_files.c). One line each, with what to do where it is not well; exit status 1 when any
 * failed. Nothing is changed by it, but for one object a host in a bucket (.probe.HOST), so that it
 * may run at any time.
 */
#include "doctor.h"

#include <billfold/base/config.h>

#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINES_MAX = 1 << 20, FINDINGS_MAX = 8 << 20, SETTLE_S = 3 };

const char *const doctor_programs[] = {
	"api", "scheduler", "invoiced", "paymentd", "maild", "syncd", NULL,
};

static const char *const state_words[] = {
	[DOCTOR_OK] = "ok",
	[DOCTOR_SKIPPED] = "skipped",
	[DOCTOR_WARNING] = "warning",
	[DOCTOR_FAILED] = "failed",
};

/* ---- telling ---- */

void
doctor_find(struct doctor *d, const struct doctor_finding *f)
{
	if (d->found++ >= d->limit)
		return;
	jw_object(&d->findings);
	jw_kstr(&d->findings, "tenant", f->tenant);
	jw_kstr(&d->findings, "tenant_id", f->tenant_id);
	jw_kstr(&d->findings, "table", f->table);
	jw_kstr(&d->findings, "id", f->id);
	jw_kstr(&d->findings, "finding", f->text);
	jw_end_object(&d->findings);
	sb_addf(&d->lines, "             %s\n",
		cli_plain(d->arena,
			  arena_printf(d->arena, "%s%s%s%s%s: %s", f->tenant ? f->tenant : "",
				       f->tenant ? " " : "", f->table ? f->table : "",
				       f->id ? " " : "", f->id ? f->id : "", f->text)));
}

static void
say_json(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
	 const char *words)
{
	struct jw *w = &d->c->result;

	jw_end_array(&d->findings);
	jw_object(w);
	jw_kstr(w, "check", name);
	jw_kstr(w, "state", state_words[state]);
	jw_kstr(w, "words", words);
	jw_kstr(w, "hint", state >= DOCTOR_WARNING ? hint : NULL);
	jw_kint(w, "found", d->found);
	jw_kraw(w, "findings", sb_str(&d->findings.sb));
	jw_end_object(w);
}

static void
say_lines(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
	  const char *words)
{
	printf("%-8s %-22s %s\n", state == DOCTOR_FAILED ? "FAILED" : state_words[state], name,
	       cli_plain(d->arena, words));
	fputs(sb_z(&d->lines), stdout);
	if (d->found > d->limit)
		printf("             and more: --limit shows them\n");
	if (hint && state >= DOCTOR_WARNING)
		printf("             -> %s\n", hint);
}

void
doctor_say(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
	   const char *fmt, ...)
{
	char words[ERR_TEXT_MAX * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	d->failed += state == DOCTOR_FAILED;
	d->warnings += state == DOCTOR_WARNING;
	if (d->c->json)
		say_json(d, name, state, hint, words);
	else
		say_lines(d, name, state, hint, words);
}

void
doctor_say_error(struct doctor *d, const char *name, enum doctor_state state, const char *hint,
		 const struct err *err)
{
	doctor_say(d, name, state, hint, "%s%s%s",
		   err->detail[0] ? err->detail : err_def(err)->title, err->cause[0] ? " " : "",
		   err->cause);
}

static void
check_begin(struct doctor *d)
{
	d->arena = arena_new(0);
	d->found = 0;
	jw_init(&d->findings, d->arena, FINDINGS_MAX);
	jw_array(&d->findings);
	sb_init(&d->lines, d->arena, LINES_MAX);
}

static void
check_end(struct doctor *d)
{
	arena_free(d->arena);
}

static void
run_table(struct doctor *d, const struct doctor_check *checks)
{
	for (; checks->name; checks++) {
		check_begin(d);
		if (checks->needs_config && !d->configured)
			doctor_say(d, checks->name, DOCTOR_SKIPPED, NULL, "no configuration");
		else if (checks->needs_database && !d->reachable)
			doctor_say(d, checks->name, DOCTOR_SKIPPED, NULL, "no database");
		else
			checks->run(d, checks->name);
		check_end(d);
	}
}

/* ---- what the database brings along ---- */

/* "ledger.invariant_books" and "I1 the journal ..." : "I1 ledger.books". */
static const char *
short_name(struct arena *a, const char *function, struct str *promise)
{
	struct str name, schema = str_cut(str_from(function), '.', &name);
	struct str rest, number = str_cut(*promise, ' ', &rest);
	bool numbered =
	    number.len >= 2 && number.p[0] == 'I' && number.p[1] >= '0' && number.p[1] <= '9';
	struct str short_part, kind = str_cut(name, '_', &short_part);

	(void)kind;
	if (numbered)
		*promise = rest;
	return arena_printf(a, STR_FMT "%s" STR_FMT "." STR_FMT, numbered ? (int)number.len : 0,
			    number.p, numbered ? " " : "", STR_ARG(schema), STR_ARG(short_part));
}

static struct flush *
ask_check(struct doctor *d, const char *function, int *ret_stmt, struct err *err)
{
	struct flush *f = flush_new(d->db, d->arena);

	flush_begin_read(f);
	*ret_stmt = flush_addv(f,
			       "SELECT tenant_id, tenant, table_name, id, finding "
			       "FROM base.run_check($1, $2::integer)",
			       function, arena_printf(d->arena, "%d", d->limit + 1), FLUSH_END);
	flush_commit(f);
	return flush_run(f, err) < 0 ? NULL : f;
}

/*
 * Programs that were started a moment ago have not given their first sign of life, and what waited
 * for them is still overdue: what is not well now may be in a moment. Waited for once a run.
 */
static void
let_settle(struct doctor *d, const char *name)
{
	static const struct timespec moment = { .tv_sec = SETTLE_S };

	d->settled = true;
	cli_progress(d->c, "%s: not well; asked again in %d seconds", name, SETTLE_S);
	nanosleep(&moment, NULL);
}

static void
run_sql(struct doctor *d, const char *function, const char *promise_text, const char *hint,
	bool settles)
{
	struct str promise = str_from(promise_text);
	const char *name = short_name(d->arena, function, &promise);
	struct err err = { 0 };
	struct flush *f;
	int stmt;

	if (d->c->json && d->deep)
		cli_progress(d->c, "%s: " STR_FMT, name, STR_ARG(promise));
	f = ask_check(d, function, &stmt, &err);
	if (f && flush_rows(f, stmt) > 0 && settles && !d->settled) {
		let_settle(d, name);
		f = ask_check(d, function, &stmt, &err);
	}
	if (!f) {
		doctor_say_error(d, name, DOCTOR_FAILED, "the check itself did not run", &err);
		return;
	}
	for (int i = 0; i < flush_rows(f, stmt); i++)
		doctor_find(d, &(struct doctor_finding){
				   flush_value(f, stmt, i, 1), flush_value(f, stmt, i, 0),
				   flush_value(f, stmt, i, 2), flush_value(f, stmt, i, 3),
				   flush_value(f, stmt, i, 4) });
	doctor_say(d, name, d->found ? DOCTOR_FAILED : DOCTOR_OK,
		   hint ? hint
			: "keep the database as it is, take a backup, and look how it came about",
		   STR_FMT, STR_ARG(promise));
}

/* settles: what the checks look at is on its way, and not stored for good. */
static void
run_prefix(struct doctor *d, const char *prefix, bool settles)
{
	struct arena *a = arena_new(0);
	struct flush *f = flush_new(d->db, a);
	struct err err = { 0 };
	int stmt =
	    flush_addv(f, "SELECT name, promise, hint FROM base.checks($1)", prefix, FLUSH_END);

	if (flush_run(f, &err) < 0) {
		check_begin(d);
		doctor_say_error(d, prefix, DOCTOR_FAILED, "run billfold migrate", &err);
		check_end(d);
	} else {
		for (int i = 0; i < flush_rows(f, stmt); i++) {
			check_begin(d);
			run_sql(d, flush_value(f, stmt, i, 0), flush_value(f, stmt, i, 1),
				flush_value(f, stmt, i, 2), settles);
			check_end(d);
		}
	}
	arena_free(a);
}

/* ---- the command ---- */

#define KEY(name, def, member)                                                                     \
	{                                                                                          \
		name, CT_STR, def, offsetof(struct doctor_config, member), ""                      \
	}
#define METRICS(program, n) KEY(program "_metrics", "", metrics[n])

/* What one program or another cannot do without is required here. */
static const struct config_key keys[] = {
	KEY("database", NULL, database),
	KEY("redis", NULL, redis),
	KEY("run_dir", NULL, run_dir),
	KEY("state_dir", NULL, store.state_dir),
	STORE_CONFIG_KEYS(struct doctor_config, store),
	KEY("keys_dir", NULL, keys_dir),
	KEY("secret_file", NULL, secret_file),
	KEY("public_url", NULL, public_url),
	KEY("issuer", "", issuer),
	KEY("sql_dir", BILLFOLD_DATADIR "/sql", sql_dir),
	KEY("smtp_url", NULL, smtp_url),
	KEY("mail_from", NULL, mail_from),
	MAILBOX_CONFIG_KEYS(struct doctor_config, mailbox),
	METRICS("api", 0),
	METRICS("scheduler", 1),
	METRICS("invoiced", 2),
	METRICS("paymentd", 3),
	METRICS("maild", 4),
	METRICS("syncd", 5),
	{ NULL },
};

static void
check_configuration(struct doctor *d, const char *name)
{
	struct err err = { 0 };

	if (config_load(d->c->config_file, keys, &d->config, d->c->arena, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED,
				 "mend the line, or name another file with -c", &err);
		return;
	}
	d->configured = true;
	d->c->config.database = d->config.database;
	d->db = db_new(cli_conninfo(d->c, "billfold_migrate"), "billfold doctor");
	doctor_say(d, name, DOCTOR_OK, NULL, "%s", d->c->config_file);
}

static const struct doctor_check first[] = {
	{ "configuration", check_configuration, false, false },
	{ NULL, NULL, false, false },
};

static int
run(struct cli *c, struct err *err)
{
	struct doctor d = { .c = c, .deep = cli_given(c, "invariants") };
	int64_t limit;

	if (!str_to_int(str_from(cli_value(c, "limit")), 1, 10000, &limit))
		return err_field(err, c->arena, "--limit", "invalid", "A number from 1 to 10000.");
	d.limit = (int)limit;
	jw_key(&c->result, "checks");
	jw_array(&c->result);
	run_table(&d, first);
	run_table(&d, doctor_host_checks);
	if (d.reachable) {
		run_prefix(&d, "check_", true);
		if (d.deep)
			run_prefix(&d, "invariant_", false);
	}
	if (d.deep)
		run_table(&d, doctor_file_checks);
	jw_end_array(&c->result);
	if (d.db)
		db_free(d.db);
	cli_result_int(c, "failed", d.failed);
	cli_result_int(c, "warnings", d.warnings);
	c->status = d.failed ? EXIT_FAILURE : EXIT_SUCCESS;
	return 0;
}

static const struct cli_option options[] = {
	{ .name = "invariants",
	  .flags = CLI_FLAG,
	  .doc = "Hold everything that is stored against what must hold of it, too." },
	{ .name = "limit",
	  .arg = "N",
	  .def = "20",
	  .doc = "Findings of a check that are told (20)." },
	{ .name = NULL },
};

const struct cli_command cli_doctor = {
	.words = "doctor",
	.options = options,
	.loads_config = true,
	.run = run,
	.doc = "Tell whether the installation is well, and what to do where it is not.",
	.more =
	    "Changes nothing, but for an object .probe.HOST in a bucket of documents, and may run "
	    "at any time. With --invariants it reads all that is "
	    "stored, which takes as long as that is large: that every entry balances, no "
	    "number is missing, every status follows from its rows, every file is what its "
	    "name says. Exit status 1 when anything failed.",
	.examples = "doctor\ndoctor --invariants\n--json doctor --invariants --limit 1000",
};
