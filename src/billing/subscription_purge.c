/*
 * subscription_purge.c - what has ended leaves the lists: one person asks, another one says so.
 *
 * Archived, a subscription is read by its id and by lists that ask for it; its documents stay where
 * they are. Each act is one statement that holds it, judges and does all that follows.
 */
#include "subscription.h"

/* clang-format off */
const struct field subscription_ask_archive_in[] = {
	{ .name = "reason", .type = FT_TEXT, .u.len = { 1, 1000 }, .doc = "Why it may go." },
	{ 0 }
};
const struct field subscription_reject_archive_in[] = {
	{ .name = "reason", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 1000 }, .doc = "What who asked should know." },
	{ 0 }
};
/* clang-format on */

static int
act(struct call *c, const char *sql, bool reason, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &subscription_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &subscription_resource, id, err) < 0)
		return -1;
	if (reason)
		flush_addv(f, sql, id, member_text(c->arena, c->body, "reason"), FLUSH_END);
	else
		flush_addv(f, sql, id, FLUSH_END);
	return call_answer(c, f, &subscription_resource, id, 200, r, err);
}

int
subscription_ask_archive(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.purge_ask($1, $2)", true, r, err);
}

int
subscription_approve_archive(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.purge_approve($1)", false, r, err);
}

int
subscription_reject_archive(struct call *c, struct reply *r, struct err *err)
{
	return act(c, "SELECT billing.purge_reject($1, $2)", true, r, err);
}
