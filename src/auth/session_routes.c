/*
 * session_routes.c - people sign in, show a second factor, look at their session, sign out.
 *
 * Whatever is wrong with a sign-in (tenant, address, password, a user who was disabled or never
 * accepted), the answer is the same and takes as long. With a second factor a right password gets a
 * challenge, not a session: it lives five minutes in Redis and works for one success. What moves
 * money or rights asks people again after a quarter of an hour: step_up.
 */
#include <billfold/auth/routes.h>

#include "person.h"
#include "throttle.h"

#include <billfold/auth/deny.h>
#include <billfold/base/date.h>

enum { CHALLENGE_S = 300 };

static const struct rate_limit by_address = { "sign_in", 100, 1800 };
static const struct rate_limit by_pair = { "sign_in", 10, 1800 };
static const struct rate_limit by_account = { "sign_in", 100, 1800 };
static const struct rate_limit by_factor = { "mfa", 10, 1800 };

static int
wrong(struct err *err)
{
	return err_set(err, ERR_invalid_credentials,
		       "The tenant, e-mail address or password is not right.");
}

static int
read_person(struct call *c, struct person *ret, struct err *err)
{
	struct flush *f = flush_new(c->app->db, c->arena);
	const char *slug = str_dup(c->arena, body_text(c, "tenant"));
	const char *email = str_dup(c->arena, body_text(c, "email"));

	flush_begin_read(f);
	int s = flush_addv(
	    f,
	    "SELECT tenant_id, user_id, state, password_hash, epoch, mfa_secret_sealed, mfa_step, "
	    "permissions FROM auth.sign_in($1, $2, $3, $4)",
	    slug, email, c->who.request_id, c->who.address, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	*ret = (struct person){ 0 };
	if (flush_rows(f, s) != 1)
		return 0;
	uuid_parse(flush_str(f, s, 0, 0), &ret->tenant);
	if (!flush_value(f, s, 0, 1))
		return 0;
	uuid_parse(flush_str(f, s, 0, 1), &ret->user);
	ret->state = flush_value(f, s, 0, 2);
	ret->password_hash = flush_value(f, s, 0, 3);
	ret->epoch = flush_int(f, s, 0, 4);
	ret->mfa_secret_sealed = flush_value(f, s, 0, 5);
	ret->mfa_step = flush_int(f, s, 0, 6);
	perms_from_scope(flush_str(f, s, 0, 7), &ret->perms);
	return 0;
}

/* The row of a refusal, in both cases: a user that is not there must not answer sooner. */
static void
record_wrong(struct call *c, const struct person *p)
{
	struct caller who = c->who;

	if (p->user.z[0])
		person_caller(c, p, &who);
	else
		snprintf(who.actor, sizeof(who.actor), "nobody");
	who.tenant = p->tenant;
	deny_record(c->app->db, c->arena, &who, "sign_in", "auth.app_user",
		    p->user.z[0] ? p->user.z : NULL, "The credentials were not right.");
}

static void
throttles_of(struct call *c, const char *account, struct throttle *ret)
{
	struct str device;

	*ret = (struct throttle){ .cache = c->app->cache, .arena = c->arena };
	if (device_known(c, str_from(account), &device)) {
		throttle_add(ret, &by_pair,
			     arena_printf(c->arena, "in:d:" STR_FMT, STR_ARG(device)));
		return;
	}
	throttle_add(ret, &by_address, arena_printf(c->arena, "in:a:%s", c->who.address));
	throttle_add(ret, &by_pair, arena_printf(c->arena, "in:p:%s:%s", account, c->who.address));
	throttle_add(ret, &by_account, arena_printf(c->arena, "in:u:%s", account));
}

/* 401 with what the second step needs. */
static int
answer_challenge(struct call *c, const struct person *p, struct reply *r, struct err *err)
{
	const struct err_def *def = &err_defs[ERR_mfa_required];
	const char *challenge = token_new(c->arena);
	struct jw value, body;

	jw_init(&value, c->arena, 4096);
	jw_object(&value);
	jw_kstr(&value, "kind", "challenge");
	jw_kstr(&value, "tenant", p->tenant.z);
	jw_kstr(&value, "user", p->user.z);
	jw_key(&value, "account");
	jw_str(&value, p->device_of);
	jw_kint(&value, "epoch", p->epoch);
	jw_end_object(&value);
	if (session_put(c->app->cache, str_from(challenge), sb_str(&value.sb), CHALLENGE_S,
			CHALLENGE_S, err) < 0)
		return -1;

	jw_init(&body, c->arena, 4096);
	jw_object(&body);
	jw_kstr(&body, "type",
		arena_printf(c->arena, "%s/problems/%s", c->app->public_url, def->code));
	jw_kstr(&body, "title", def->title);
	jw_kint(&body, "status", def->status);
	jw_kstr(&body, "detail",
		"Send the code of your authenticator, or a recovery code, with this challenge.");
	jw_kstr(&body, "code", def->code);
	jw_kstr(&body, "request_id", c->who.request_id);
	jw_kstr(&body, "challenge", challenge);
	jw_end_object(&body);
	r->status = def->status;
	r->content_type = "application/problem+json";
	r->body = sb_str(&body.sb);
	*vec_push(c->arena, &r->headers) = (struct pair){ STR("WWW-Authenticate"), STR("Bearer") };
	return 0;
}

static int
session_create(struct call *c, struct reply *r, struct err *err)
{
	const char *account =
	    throttle_hash(c->arena, body_text(c, "tenant"), body_text(c, "email"));
	struct throttle throttle;
	struct person p;
	struct caller who;
	bool right;

	throttles_of(c, account, &throttle);
	if (throttle_take(&throttle, err) < 0 || read_person(c, &p, err) < 0 ||
	    person_password(c, &p, body_text(c, "password"), &right, err) < 0)
		return -1;
	if (!right || !p.state || strcmp(p.state, "active") != 0) {
		record_wrong(c, &p);
		return wrong(err);
	}
	throttle_give_back(&throttle);
	p.device_of = str_from(account);
	if (p.mfa_secret_sealed)
		return answer_challenge(c, &p, r, err);

	struct flush *f = flush_new(c->app->db, c->arena);

	person_caller(c, &p, &who);
	who.epoch = p.epoch; /* what was judged still holds */
	enter_add(f, &who);
	return person_begin_session(c, &p, f, 201, r, err);
}

/* ---- the second step ---- */

static bool
challenge_parse(struct call *c, struct str text, struct person *ret)
{
	struct json_object *o;
	struct err err = { 0 };
	struct str kind, tenant, user;

	*ret = (struct person){ .mfa = true };
	return jscan_parse(c->arena, text, &o, &err) == 0 && jval_str(o, "kind", &kind) &&
	       str_eqz(kind, "challenge") && jval_str(o, "tenant", &tenant) &&
	       uuid_parse(tenant, &ret->tenant) && jval_str(o, "user", &user) &&
	       uuid_parse(user, &ret->user) && jval_int(o, "epoch", &ret->epoch) &&
	       jval_str(o, "account", &ret->device_of);
}

static int
factor_refused(struct call *c, const struct person *p, struct err *err)
{
	/* Used codes and unknown ones are told by SQL as "unauthenticated": one answer for all. */
	if (err->code != ERR_invalid_credentials && err->code != ERR_unauthenticated)
		return -1;
	record_wrong(c, p);
	return err_set(err, ERR_invalid_credentials, "The code is not right, or was used before.");
}

static int
session_mfa(struct call *c, struct reply *r, struct err *err)
{
	struct str challenge = body_text(c, "challenge"), text;
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };
	struct rate_state none;
	struct person p, now;
	struct caller who;

	if (cache_request(c->app->cache, c->arena, challenge, NULL, NULL, &text, &none, err) < 0)
		return -1;
	if (!text.p || !challenge_parse(c, text, &p))
		return err_set(err, ERR_invalid_credentials,
			       "The challenge is not known, or too old: sign in again.");
	throttle_add(&throttle, &by_factor,
		     arena_printf(c->arena, "mfa:%s:%s", p.tenant.z, p.user.z));
	if (throttle_take(&throttle, err) < 0)
		return -1;

	person_caller(c, &p, &who);
	who.epoch = p.epoch; /* a password that was changed meanwhile ends the challenge */
	if (person_read(c, &who, &now, err) < 0)
		return factor_refused(c, &p, err);
	now.mfa = true;
	now.device_of = p.device_of;

	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add(f, &who);
	if (!now.mfa_secret_sealed || person_add_code(c, &now, body_text(c, "code"), f, err) < 0)
		return now.mfa_secret_sealed ? factor_refused(c, &p, err) : wrong(err);
	if (person_begin_session(c, &now, f, 201, r, err) < 0)
		return factor_refused(c, &p, err);
	throttle_give_back(&throttle);
	session_drop(c->app->cache, challenge, &(struct err){ 0 });
	return 0;
}

/* ---- once more ---- */

/* The factor of who has confirmed their password: its use goes into f, and is counted as at the
 * door. */
static int
confirm_factor(struct call *c, struct person *p, struct throttle *throttle, struct flush *f,
	       struct err *err)
{
	struct str code;

	if (!p->mfa_secret_sealed)
		return 0;
	if (!jval_str(c->body, "code", &code))
		return err_field(err, c->arena, "/code", "required",
				 "Send a code of your second factor too.");
	throttle_add(throttle, &by_factor,
		     arena_printf(c->arena, "mfa:%s:%s", p->tenant.z, p->user.z));
	if (throttle_take(throttle, err) < 0)
		return -1;
	p->mfa = true;
	return person_add_code(c, p, code, f, err) < 0 ? factor_refused(c, p, err) : 0;
}

/* A sign-in anew by who is signed in: the session goes on under a new token. */
static int
session_step_up(struct call *c, struct reply *r, struct err *err)
{
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };
	struct flush *f = flush_new(c->app->db, c->arena);
	struct person p;

	if (!c->who.by_cookie)
		return err_set(err, ERR_not_found, "There is no session behind an access token.");
	enter_add(f, &c->who);
	if (person_confirm(c, &p, body_text(c, "password"), "/password", err) < 0 ||
	    confirm_factor(c, &p, &throttle, f, err) < 0)
		return -1;
	if (person_begin_session(c, &p, f, 200, r, err) < 0)
		return p.mfa_secret_sealed ? factor_refused(c, &p, err) : -1;
	throttle_give_back(&throttle);
	return 0;
}

/* ---- looking and leaving ---- */

static int
session_get(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;

	if (!c->who.by_cookie)
		return err_set(err, ERR_not_found, "There is no session behind an access token.");
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	int user = flush_addv(f, "SELECT auth.me_user($1::uuid)", c->who.actor_id, FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->body = session_body(c, flush_str(f, user, 0, 0), c->who.csrf, c->who.signed_in_at);
	return 0;
}

static int
session_delete(struct call *c, struct reply *r, struct err *err)
{
	(void)err;
	person_end_cookie(c, r);
	r->status = 204;
	return 0;
}

/* ---- tables ---- */

static const struct field session_in[] = { { .name = "tenant",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED,
					     .u.len = { 1, 63 },
					     .doc = "The tenant's slug." },
					   { .name = "email",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED,
					     .u.len = { 1, 254 },
					     .doc = "The user's address." },
					   { .name = "password",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED | FF_SECRET,
					     .u.len = { 1, 256 },
					     .doc = "The user's password." },
					   { 0 } };

static const struct field mfa_in[] = { { .name = "challenge",
					 .type = FT_TEXT,
					 .flags = FF_REQUIRED | FF_SECRET,
					 .u.len = { 1, 100 },
					 .doc = "From the answer to the first step." },
				       { .name = "code",
					 .type = FT_TEXT,
					 .flags = FF_REQUIRED | FF_SECRET,
					 .u.len = { 1, 50 },
					 .doc = "Of the authenticator, or a recovery code." },
				       { 0 } };

static const struct field step_up_in[] = {
	{ .name = "password",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_SECRET,
	  .u.len = { 1, 256 },
	  .doc = "Your password, once more." },
	{ .name = "code",
	  .type = FT_TEXT,
	  .flags = FF_SECRET,
	  .u.len = { 1, 50 },
	  .doc = "Of the authenticator, or a recovery code; required of who has a second factor." },
	{ 0 }
};

const struct field session_out[] = {
	{ .name = "user",
	  .type = FT_JSON,
	  .flags = FF_REQUIRED,
	  .u.of = { me_user_fields, 0 },
	  .doc = "Who has signed in." },
	{ .name = "csrf_token",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 100 },
	  .doc = "Goes into X-CSRF-Token with every write by this session." },
	{ .name = "expires_at",
	  .type = FT_TIME,
	  .flags = FF_REQUIRED,
	  .doc = "When the session ends in any case; without use it ends after two hours." },
	{ 0 }
};

const struct route session_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/session",
	  .flags = RF_PUBLIC | RF_NO_KEY,
	  .in = session_in,
	  .out = session_out,
	  .status = 201,
	  .run = session_create,
	  .doc = "Sign in: sets the session's cookie. 401 `mfa_required` with a `challenge` where "
		 "a second factor is set." },
	{ .method = M_POST,
	  .pattern = "/v1/session/mfa",
	  .flags = RF_PUBLIC | RF_NO_KEY,
	  .in = mfa_in,
	  .out = session_out,
	  .status = 201,
	  .run = session_mfa,
	  .doc = "The second step of a sign-in." },
	{ .method = M_POST,
	  .pattern = "/v1/session/step_up",
	  .flags = RF_NO_KEY,
	  .in = step_up_in,
	  .out = session_out,
	  .status = 200,
	  .run = session_step_up,
	  .doc = "Show again who you are, as what moves money or rights asks (401 "
		 "`step_up_required`) of a session whose sign-in is more than 15 minutes ago: the "
		 "session goes on under a new cookie and CSRF token." },
	{ .method = M_GET,
	  .pattern = "/v1/session",
	  .out = session_out,
	  .status = 200,
	  .run = session_get,
	  .doc = "The session of the cookie." },
	{ .method = M_DELETE,
	  .pattern = "/v1/session",
	  .status = 204,
	  .run = session_delete,
	  .doc = "Sign out." },
	{ 0 }
};
