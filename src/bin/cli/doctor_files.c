/*
 * cli/doctor_files.c - is every stored document there, and what its name says (I20)?
 *
 * Every row of document.file is held against the file of its hash, which is read whole; then the
 * store is walked for what writing has left behind: an upload that was cut off leaves a hidden file
 * beside its place, which nobody misses after an hour.
 */
#include "doctor.h"

#include <billfold/document.h>
#include <billfold/net.h>

#include <fts.h>
#include <sys/stat.h>
#include <time.h>

enum { PAGE = 2000, FILE_MAX = 256 << 20, OLD_S = 3600 };

#define NIL_UUID "00000000-0000-0000-0000-000000000000"

struct walk {
	struct doctor *d;
	struct file_store store;
	const char *tenant, *id; /* the last row that was looked at */
	long n;
};

static void
look_at(struct walk *w, const struct flush *f, int stmt, int row)
{
	const char *tenant = flush_value(f, stmt, row, 0), *sha256 = flush_value(f, stmt, row, 3);
	struct arena *a = arena_new(0);
	struct err err = { 0 };
	struct str bytes;

	if (w->store.get(&w->store, a, tenant, sha256, FILE_MAX, &bytes, &err) < 0)
		doctor_find(w->d, &(struct doctor_finding){
				      .tenant = flush_value(f, stmt, row, 1),
				      .tenant_id = tenant,
				      .table = "document.file",
				      .id = flush_value(f, stmt, row, 2),
				      .text = err.cause[0] ? err.cause
							   : arena_printf(a, "%s: %s", sha256,
									  err.detail) });
	else if ((int64_t)bytes.len != flush_int(f, stmt, row, 4))
		doctor_find(w->d,
			    &(struct doctor_finding){
				.tenant = flush_value(f, stmt, row, 1),
				.tenant_id = tenant,
				.table = "document.file",
				.id = flush_value(f, stmt, row, 2),
				.text = arena_printf(a, "has %zu bytes, its row says %s", bytes.len,
						     flush_value(f, stmt, row, 4)) });
	arena_free(a);
}

/* -1: the rows could not be read; 0: that was the last page. */
static int
look_at_page(struct walk *w, struct arena *a, struct err *err)
{
	struct flush *f = flush_new(w->d->db, a);
	int stmt = flush_addv(f,
			      "SELECT tenant_id, tenant, id, sha256, size "
			      "FROM document.file_roll($1::uuid, $2::uuid, $3::integer)",
			      w->tenant, w->id, arena_printf(a, "%d", PAGE), FLUSH_END);
	int n;

	if (flush_run(f, err) < 0)
		return -1;
	n = flush_rows(f, stmt);
	for (int i = 0; i < n; i++)
		look_at(w, f, stmt, i);
	if (n) {
		w->tenant = arena_strdup(w->d->arena, flush_value(f, stmt, n - 1, 0));
		w->id = arena_strdup(w->d->arena, flush_value(f, stmt, n - 1, 2));
	}
	w->n += n;
	if (n == PAGE)
		cli_progress(w->d->c, "I20 document.store: %ld files", w->n);
	return n == PAGE;
}

static void
left_behind(struct doctor *d, const char *root)
{
	char *paths[] = { arena_strdup(d->arena, root), NULL };
	FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *e;

	/* Without a single document there is no store yet. */
	while (walk && (e = fts_read(walk)))
		if (e->fts_info == FTS_F && strncmp(e->fts_name, ".put-", 5) == 0 &&
		    e->fts_statp->st_mtime < time(NULL) - OLD_S)
			doctor_find(d, &(struct doctor_finding){
					   .table = e->fts_path,
					   .text = "was begun more than an hour ago and never "
						   "finished" });
	if (walk)
		fts_close(walk);
}

/* false, and said, where this user cannot open it. The caller frees *ret_net. */
static bool
open_store(struct doctor *d, const char *name, struct file_store *ret, struct net **ret_net)
{
	struct err err = { 0 };

	*ret_net = net_new();
	if (str_starts(str_from(d->config.store.secret_file), STR("credential:"))) {
		doctor_say(d, name, DOCTOR_SKIPPED, NULL,
			   "the service manager lays its secret key down for each unit");
		return false;
	}
	if (store_open(d->arena, &d->config.store, *ret_net, STORE_JOB_MS, ret, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED, "mend the lines store_* of it", &err);
		return false;
	}
	return true;
}

void
doctor_check_store(struct doctor *d, const char *name)
{
	const struct store_settings *set = &d->config.store;
	struct file_store store;
	struct err err = { 0 };
	struct net *net;

	if (open_store(d, name, &store, &net)) {
		if (store.check(&store, d->arena, &err) < 0)
			doctor_say_error(d, name, DOCTOR_FAILED,
					 "documents can be neither made nor read: see whether the "
					 "store runs, and what this user or access key may do",
					 &err);
		else
			doctor_say(d, name, DOCTOR_OK, NULL, "%s can be written and read",
				   set->url[0] ? set->url : store.root);
	}
	net_free(net);
}

static void
check_rows(struct doctor *d, const char *name, const struct file_store *store)
{
	struct walk w = { .d = d, .store = *store, .tenant = NIL_UUID, .id = NIL_UUID };
	struct err err = { 0 };
	int more = 1;

	/* a store that is away would be told as a fault of every file, one patience each */
	if (!store->root && store->check(store, d->arena, &err) < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED, "the check itself did not run", &err);
		return;
	}
	while (more > 0) {
		struct arena *a = arena_new(0);

		more = look_at_page(&w, a, &err);
		arena_free(a);
	}
	if (more < 0) {
		doctor_say_error(d, name, DOCTOR_FAILED, "the check itself did not run", &err);
		return;
	}
	if (store->root)
		left_behind(d, store->root);
	doctor_say(
	    d, name, d->found ? DOCTOR_FAILED : DOCTOR_OK,
	    "bring files back from a backup: a file's name is the hash of its content, so that "
	    "the right one is known; what was never finished may be removed",
	    "every document's file is there and is what its name says (%ld files)", w.n);
}

static void
check_files(struct doctor *d, const char *name)
{
	struct file_store store;
	struct net *net;

	if (open_store(d, name, &store, &net))
		check_rows(d, name, &store);
	net_free(net);
}

const struct doctor_check doctor_file_checks[] = {
	{ "I20 document.store", check_files, true, true },
	{ NULL, NULL, false, false },
};
