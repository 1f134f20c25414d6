/*
 * poll.c - the duty that asks processors what they told nobody: webhooks get lost, endpoints are
 * wrong, and an installation that was away has missed some.
 *
 * Each account is asked once in so many seconds for its events behind the last one that is known;
 * what is new is kept exactly as if a webhook had told it. Where an account is in trouble, the
 * others go on.
 */
#include "attempt.h"

#include <billfold/base/log.h>

#include <time.h>

enum { ACCOUNTS_MAX = 500, ROUND_S = 60, PAGES_MAX = 20 };
enum { POLL_KIND, POLL_KEY, POLL_LIVE, POLL_EVENT, POLL_SINCE, POLL_ACCOUNT };

static const char *
seconds(struct job *j)
{
	const struct payment_env *env = j->state;

	return int_text(j->arena, env->processors->poll_s);
}

static int
keep(struct job *j, const char *processor, bool live, const struct processor_events *events,
     struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	enter_add(f, &j->who);
	for (size_t i = 0; i < events->n; i++)
		inbound_add(f, j->arena, processor, &events->v[i], live, "poll", (struct str){ 0 });
	if (events->n || events->lost)
		flush_addv(f, "SELECT connect.poll_end($1, $2)", processor,
			   events->lost ? NULL : events->v[events->n - 1].ref, FLUSH_END);
	trouble_add(f, processor, NULL);
	flush_commit(f);
	return flush_run(f, err);
}

/* What the processor calls the account is asked for until it is known; trouble is the events' to
 * tell. */
static int
learn_account(struct job *j, const struct at_processor *at, const char *processor, struct err *err)
{
	struct processor_trouble trouble = { 0 };
	struct processor_identity who;
	struct err away = { 0 };
	struct flush *f;

	if (at->p->identify == NULL ||
	    at->p->identify(&at->env, j->arena, NULL, NULL, &who, &trouble, &away) < 0 ||
	    who.ref == NULL)
		return 0;
	f = flush_new(j->db, j->arena);
	enter_add(f, &j->who);
	flush_addv(f, "SELECT connect.account_known($1, $2)", processor, who.ref, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

/* j's caller is in the account's tenant. */
static int
poll_account(struct job *j, const char *processor, struct err *err)
{
	struct processor_trouble trouble = { 0 };
	struct processor_events events = { .more = true };
	struct flush *f = flush_new(j->db, j->arena);
	struct at_processor at;
	struct account_row row;
	const char *after;
	int s;

	enter_add(f, &j->who);
	s = flush_addv(f, "SELECT * FROM connect.poll_take($1, $2::integer)", processor, seconds(j),
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s) == 0)
		return 0;
	row = (struct account_row){ .kind = flush_value(f, s, 0, POLL_KIND),
				    .id = processor,
				    .key_sealed = flush_value(f, s, 0, POLL_KEY),
				    .live = flush_bool(f, s, 0, POLL_LIVE) };
	after = flush_value(f, s, 0, POLL_EVENT);
	if (at_processor(j, &row, &at, err) < 0 || at.p->events == NULL)
		return at.p == NULL || at.p->events ? -1 : 0;
	if (flush_value(f, s, 0, POLL_ACCOUNT) == NULL && learn_account(j, &at, processor, err) < 0)
		return -1;
	for (int page = 0; events.more && page < PAGES_MAX; page++) {
		if (at.p->events(&at.env, j->arena, after, flush_int(f, s, 0, POLL_SINCE), &events,
				 &trouble, err) < 0)
			return trouble.retry_after ? 0 : trouble_tell(j, &row, err);
		if (keep(j, processor, row.live, &events, err) < 0)
			return -1;
		if (events.n)
			after = events.v[events.n - 1].ref;
	}
	return 0;
}

int
poll_run(struct job *j, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);
	time_t end = time(NULL) + ROUND_S;
	int s, failures = 0;

	s = flush_addv(f, "SELECT * FROM connect.door_poll('stripe', $1::integer, $2::integer)",
		       seconds(j), int_text(j->arena, ACCOUNTS_MAX), FLUSH_END);
	if (flush_run(f, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(f, s) && time(NULL) < end; i++) {
		struct err one = { 0 };
		struct job mine = *j;

		if (j->worker && worker_stopping(j->worker))
			break;
		mine.arena = arena_new(0);
		caller_worker(&mine.who, flush_value(f, s, i, 0), "paymentd", NULL);
		if (poll_account(&mine, flush_value(f, s, i, 1), &one) < 0) {
			failures++;
			log_event(LOG_WARN, "an account's events cannot be asked for", "processor",
				  flush_value(f, s, i, 1), "detail", one.detail, "cause", one.cause,
				  NULL);
		}
		arena_free(mine.arena);
	}
	return failures ? err_set(err, ERR_unavailable, "%d accounts could not be asked.", failures)
			: 0;
}
