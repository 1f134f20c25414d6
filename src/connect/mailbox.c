/*
 * mailbox.c - the duty that reads the mailbox which bounces and replies come to.
 *
 * The mailbox is the installation's, its tenants share it. A round reads what is behind the place
 * that the database remembers, oldest first, so many mails and so many bytes, and one at a time:
 * that a mail is about to be read is written down, then it is read, then its effect and the new
 * place are one transaction, then the mailbox's server is told. What is killed in between is done
 * again or was done; what was done is not done twice.
 *
 * A mail that cannot be dealt with is passed over after some tries, and told of: it stays unseen in
 * the mailbox. So does what is nobody's.
 */
#include "mailbox.h"

#include <billfold/base/log.h>

#include <inttypes.h>
#include <unistd.h>

enum { ROUND_MAILS = 100, ROUND_BYTES = 64 << 20, ROUND_MS = 120000, LOOK_MS = 10000, TRIES = 5 };

/* ---- one mail ---- */

static void
count(struct job *j, const char *metric)
{
	if (j->worker)
		worker_count(j->worker, worker_metric(j->worker, metric), 1);
}

static int
begin(struct job *j, const struct mail_place *at, int64_t *ret_tries, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	flush_begin(f);
	s = flush_addv(f, "SELECT connect.mailbox_try($1, $2::bigint, $3::bigint)", at->mailbox,
		       arena_printf(j->arena, "%" PRId64, at->uid_validity),
		       arena_printf(j->arena, "%" PRId64, at->uid), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret_tries = flush_int(f, s, 0, 0);
	return 0;
}

static int
pass_over(struct job *j, const struct mail_place *at, const struct err *why, struct err *err)
{
	log_event(LOG_ERROR, "a mail is passed over; it stays in the mailbox", "mailbox",
		  at->mailbox, "uid", arena_printf(j->arena, "%" PRId64, at->uid), "error",
		  why->detail, "cause", why->cause[0] ? why->cause : NULL, NULL);
	count(j, "billfold_mailbox_failures_total");
	return mail_leave(j, at, err);
}

/* What another try cannot mend: the mail itself. */
static bool
is_its_own(const struct err *err)
{
	return err->code != ERR_none && !err_def(err)->retryable && err->code != ERR_conflict;
}

static int
read_one(struct job *j, struct net_mailbox *box, const struct mail_place *at, bool cut,
	 enum mail_fate *ret, struct err *err)
{
	enum mail_in_kind kind = MAIL_IN_REPLY;
	struct err why = { 0 };
	struct str bytes;
	int64_t tries;
	int rc;

	*ret = MAIL_LEFT;
	if (begin(j, at, &tries, err) < 0)
		return -1;
	if (tries > TRIES) {
		err_set(&why, ERR_internal, "it was begun %d times and never ended", TRIES);
		return pass_over(j, at, &why, err);
	}
	rc = net_mailbox_read(box, j->arena, at->uid, MAIL_IN_MAX, &bytes, err);
	if (rc < 0)
		return -1;
	if (rc == 0)
		return mail_leave(j, at, err);
	if (mail_take(j, at, bytes, cut, ret, &kind, &why) < 0) {
		*ret = MAIL_LEFT;
		/* a tenant that is not served is one of these */
		if (is_its_own(&why))
			return pass_over(j, at, &why, err);
		*err = why;
		return -1;
	}
	count(j, *ret == MAIL_LEFT
		     ? "billfold_mails_read_total{kind=\"unknown\"}"
		     : arena_printf(j->arena, "billfold_mails_read_total{kind=\"%s\"}",
				    mail_in_kinds[kind]));
	return 0;
}

/* ---- a round ---- */

static int
remember(struct job *j, const char *name, int64_t validity, int64_t *ret_last, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	flush_begin(f);
	s = flush_addv(f, "SELECT connect.mailbox_open($1, $2::bigint)", name,
		       arena_printf(j->arena, "%" PRId64, validity), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret_last = flush_int(f, s, 0, 0);
	return 0;
}

static int
read_round(struct job *j, struct net_mailbox *box, struct err *err)
{
	const struct maild *m = j->state;
	struct arena *outer = j->arena, *a = arena_new(0);
	struct net_mailbox_entry list[ROUND_MAILS];
	int64_t last, bytes = 0;
	int n, rc = 0;

	if (remember(j, m->mailbox, box->uid_validity, &last, err) < 0 ||
	    (n = net_mailbox_list(box, last, list, ROUND_MAILS, err)) < 0) {
		arena_free(a);
		return -1;
	}
	j->arena = a;
	for (int i = 0; i < n && rc == 0 && bytes < ROUND_BYTES; i++) {
		const struct mail_place at = { m->mailbox, box->uid_validity, list[i].uid };
		enum mail_fate fate;

		if (j->worker && worker_stopping(j->worker))
			break;
		arena_reset(a);
		rc = read_one(j, box, &at, list[i].size > MAIL_IN_MAX, &fate, err);
		bytes += list[i].size < MAIL_IN_MAX ? list[i].size : MAIL_IN_MAX;
		if (rc == 0 && fate == MAIL_TAKEN)
			rc = net_mailbox_settle(box, at.uid, m->config->mailbox.done, err);
	}
	j->arena = outer;
	arena_free(a);
	return rc;
}

static int
is_time(struct job *j, bool *ret, struct err *err)
{
	const struct maild *m = j->state;
	struct flush *f = flush_new(j->db, j->arena);
	int s;

	flush_begin(f);
	s = flush_addv(f, "SELECT connect.mailbox_turn($1, $2::integer)", m->mailbox,
		       arena_printf(j->arena, "%ld", m->config->mailbox.every_s), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = flush_bool(f, s, 0, 0);
	return 0;
}

int
read_mailbox(struct job *j, struct err *err)
{
	const struct maild *m = j->state;
	struct net_mailbox_at at = mailbox_at(&m->config->mailbox, ROUND_MS);
	struct net_mailbox box;
	bool time;
	int rc;

	if (!m->return_to)
		return 0;
	if (is_time(j, &time, err) < 0)
		return -1;
	if (!time)
		return 0;
	rc = net_mailbox_open(&at, &box, err);
	if (rc == 0) {
		rc = read_round(j, &box, err);
		net_mailbox_close(&box);
	}
	if (rc < 0 && err->code == ERR_conflict) { /* another reader is at it */
		err_clear(err);
		return 0;
	}
	if (rc < 0)
		count(j, "billfold_mailbox_failures_total");
	return rc;
}
