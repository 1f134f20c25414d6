/*
 * call.c - the doors of the engine: how a command's flush begins, and how it ends.
 *
 * BEGIN, api.enter, api.claim_key · the command's own statements · the answer (call_answer.c) ·
 * COMMIT: one round trip. A repeat makes api.claim_key raise ZBRPL; the kept bytes are then read in
 * a second one.
 */
#include "call.h"

#include <billfold/base/date.h>

/* ---- keys ---- */

bool
call_keeps(const struct call *c)
{
	return c->method == M_POST && c->idempotency_key.len > 0;
}

const char *
call_fingerprint(struct call *c)
{
	char *hex;
	size_t path = strlen(c->path);
	char *msg;

	if (c->fingerprint)
		return c->fingerprint;
	hex = arena_alloc(c->arena, SHA256_HEX);
	msg = arena_alloc(c->arena, path + c->raw_body.len + 8);
	/* POST alone takes a key. */
	memcpy(msg, "POST ", 5);
	memcpy(msg + 5, c->path, path);
	msg[5 + path] = '\n';
	if (c->raw_body.len)
		memcpy(msg + 6 + path, c->raw_body.p, c->raw_body.len);
	sha256_hex((struct str){ msg, 6 + path + c->raw_body.len }, hex);
	c->fingerprint = hex;
	return hex;
}

/* Keys are the caller's own; each item of a partial batch has its part of one. */
const char *
call_key_scope(const struct call *c)
{
	if (c->key_part)
		return arena_printf(c->arena, "%s#%d", c->who.actor, c->key_part);
	return c->who.actor;
}

static void
claim(struct call *c, struct flush *f)
{
	if (call_keeps(c))
		flush_addv(f, "SELECT api.claim_key($1, $2, $3)",
			   str_dup(c->arena, c->idempotency_key), call_key_scope(c),
			   call_fingerprint(c), FLUSH_END);
}

/* ---- begin ---- */

static void
expect_module(const struct call *c, struct flush *f)
{
	if (c->module)
		flush_addv(f, "SELECT tenant.expect_module($1)", c->module, FLUSH_END);
}

struct flush *
call_begin(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	c->enter_stmt = enter_add(f, &c->who);
	expect_module(c, f);
	claim(c, f);
	if (c->along)
		c->along(f, c->along_arg);
	return f;
}

struct flush *
call_go_on(struct call *c)
{
	c->enter_stmt = -1;
	return flush_new(c->app->db, c->arena);
}

void
call_give_up(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	struct err scrap = { 0 };

	flush_rollback(f);
	flush_run(f, &scrap); /* a connection that is gone has rolled back */
}

struct flush *
call_begin_read(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	/* An expired answer is deleted by the claim: a transaction that only reads cannot. */
	if (call_keeps(c)) {
		c->enter_stmt = enter_add(f, &c->who);
		claim(c, f);
	} else {
		c->enter_stmt = enter_add_read(f, &c->who);
	}
	expect_module(c, f);
	return f;
}

struct flush *
call_begin_aside(struct call *c)
{
	struct flush *f;

	if (!c->open && c->opens)
		return call_begin(c);
	f = flush_new(c->app->db, c->arena);
	if (!c->open) {
		enter_add_read(f, &c->who);
		expect_module(c, f);
	}
	return f;
}

/* ---- run ---- */

/* timestamptz as PostgreSQL writes it ("2026-02-03 04:05:06.7+00") in microseconds. */
static int64_t
instant_of(struct arena *a, const char *text)
{
	char *z = arena_printf(a, "%s:00", text ? text : "");
	int64_t us = 0;

	if (strlen(z) > 13)
		z[10] = 'T';
	/* Offsets of whole hours end in two digits; others bring their own minutes. */
	if (!instant_parse(str_from(z), &us)) {
		z[strlen(z) - 3] = '\0';
		instant_parse(str_from(z), &us);
	}
	return us;
}

static void
take_business_now(struct call *c, const struct flush *f)
{
	if (c->enter_stmt >= 0)
		c->business_now = instant_of(c->arena, flush_value(f, c->enter_stmt, 0, 0));
}

int
call_run_aside(struct call *c, struct flush *f, struct err *err)
{
	bool begins = !c->open && c->opens;

	if (!c->open && !c->opens)
		flush_commit(f);
	if (flush_run(f, err))
		return -1;
	if (begins)
		take_business_now(c, f);
	c->open = c->open || begins;
	return 0;
}

static bool
replay(struct call *c, struct reply *r)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	struct err scrap = { 0 };
	int stmt;

	enter_add_read(f, &c->who);
	stmt = flush_addv(f,
			  "SELECT status, body, etag, location FROM api.answer WHERE scope = $1 "
			  "AND key = $2 AND fingerprint = $3",
			  call_key_scope(c), str_dup(c->arena, c->idempotency_key),
			  call_fingerprint(c), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &scrap) || flush_rows(f, stmt) == 0)
		return false;
	r->status = (int)flush_int(f, stmt, 0, 0);
	r->body = flush_str(f, stmt, 0, 1);
	r->etag = flush_value(f, stmt, 0, 2);
	r->location = flush_value(f, stmt, 0, 3);
	r->replayed = true;
	return true;
}

bool
call_repeats(struct call *c, struct reply *r, struct err *err)
{
	if (!call_keeps(c) || strcmp(err->sqlstate, "ZBRPL") != 0 || !replay(c, r))
		return false;
	err_clear(err);
	return true;
}

int
call_run_open(struct call *c, struct flush *f, struct reply *r, struct err *err)
{
	if (flush_run(f, err))
		return call_repeats(c, r, err) ? 1 : -1;
	take_business_now(c, f);
	return 0;
}

int
call_run(struct call *c, struct flush *f, struct reply *r, struct err *err)
{
	if (c->dry_run)
		flush_try(f);
	else
		flush_commit(f);
	return call_run_open(c, f, r, err);
}
