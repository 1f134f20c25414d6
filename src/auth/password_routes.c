/*
 * password_routes.c - a password is changed, forgotten, and set by a link; a second factor is added
 * and taken away.
 *
 * Each of them raises the user's epoch and so ends every session of theirs; the one that asked goes
 * on under a new token. A reset says the same for an address that is not there, and writes a row in
 * both cases, so that it takes as long. It does not take a second factor away: who follows the link
 * still has to sign in.
 */
#include <billfold/auth/routes.h>

#include "person.h"
#include "throttle.h"

#include <billfold/auth/link.h>
#include <billfold/base/date.h>

enum { RECOVERY_CODES = 10, ENROLMENT_S = 900 };

static const struct rate_limit by_address = { "reset", 20, 3600 };
static const struct rate_limit by_account = { "reset", 3, 3600 };
static const struct rate_limit by_link = { "link", 30, 1800 };

static struct flush *
begin_as(struct call *c)
{
	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add(f, &c->who);
	return f;
}

static int
password_change(struct call *c, struct reply *r, struct err *err)
{
	struct person p;
	const char *hash;

	if (person_confirm(c, &p, body_text(c, "current_password"), "/current_password", err) < 0 ||
	    person_hash(c, body_text(c, "password"), &hash, err) < 0)
		return -1;

	struct flush *f = begin_as(c);

	flush_addv(f, "SELECT auth.set_password($1::uuid, $2)", p.user.z, hash, FLUSH_END);
	return person_begin_session(c, &p, f, 200, r, err);
}

/* ---- forgotten ---- */

static int
password_reset(struct call *c, struct reply *r, struct err *err)
{
	const char *account =
	    throttle_hash(c->arena, body_text(c, "tenant"), body_text(c, "email"));
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };

	throttle_add(&throttle, &by_address, arena_printf(c->arena, "rs:a:%s", c->who.address));
	throttle_add(&throttle, &by_account, arena_printf(c->arena, "rs:u:%s", account));
	if (throttle_take(&throttle, err) < 0)
		return -1;

	struct flush *f = flush_new(c->app->db, c->arena);

	flush_begin(f);
	flush_addv(f, "SELECT auth.ask_reset($1, $2, $3, $4)",
		   str_dup(c->arena, body_text(c, "tenant")),
		   str_dup(c->arena, body_text(c, "email")), c->who.request_id, c->who.address,
		   FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->status = 202;
	r->body = STR("{\"sent\": true}");
	return 0;
}

static void
link_caller(struct call *c, const struct uuid *tenant, struct caller *ret)
{
	*ret = c->who;
	ret->tenant = *tenant;
	ret->kind = ACTOR_LINK;
	ret->epoch = -1;
	snprintf(ret->actor, sizeof(ret->actor), "link:password");
	ret->actor_id[0] = '\0';
}

static int
link_refused(struct call *c, struct err *err)
{
	/* A tenant that is not there is told in the same words as a token that is not. */
	if (err->code != ERR_validation_failed && err->code != ERR_unauthenticated)
		return -1;
	*err = (struct err){ 0 };
	return err_field(err, c->arena, "/token", "invalid",
			 "The link has been used, is too old, or was never sent.");
}

static int
password_set(struct call *c, struct reply *r, struct err *err)
{
	struct throttle throttle = { .cache = c->app->cache, .arena = c->arena };
	const char *password_text;
	struct caller who;
	struct uuid tenant;
	char hash[SHA256_HEX];

	throttle_add(&throttle, &by_link, arena_printf(c->arena, "ln:%s", c->who.address));
	if (throttle_take(&throttle, err) < 0)
		return -1;
	if (!link_parse(body_text(c, "token"), &tenant, hash))
		return link_refused(c, (*err = (struct err){ .code = ERR_validation_failed }, err));
	link_caller(c, &tenant, &who);

	/* The link first: hashing a password is dear, and not for whoever asks. */
	struct flush *look = flush_new(c->app->db, c->arena);

	enter_add(look, &who);
	flush_addv(look, "SELECT auth.link_user($1)", hash, FLUSH_END);
	flush_commit(look);
	if (flush_run(look, err) < 0)
		return link_refused(c, err);
	if (person_hash(c, body_text(c, "password"), &password_text, err) < 0)
		return -1;

	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add(f, &who);
	flush_addv(f, "SELECT auth.redeem_link($1, $2)", hash, password_text, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return link_refused(c, err);
	throttle_give_back(&throttle);
	r->status = 204;
	return 0;
}

/* ---- second factor ---- */

static const char *
enrolment_aad(struct call *c, const struct person *p)
{
	return arena_printf(c->arena, "%s|enrolment|secret|%s", p->tenant.z, p->user.z);
}

/* Nothing is stored: the secret comes back sealed, with the code that proves that it was taken in.
 */
static int
mfa_begin(struct call *c, struct reply *r, struct err *err)
{
	const char *secret = totp_secret_new(c->arena), *sealed;
	struct person p;
	struct jw w;

	if (person_confirm(c, &p, body_text(c, "password"), "/password", err) < 0)
		return -1;
	const char *plain =
	    arena_printf(c->arena, "%lld %s", (long long)(instant_now() / 1000000 + ENROLMENT_S),
			 secret);

	if (seal(c->arena, c->app->secret, enrolment_aad(c, &p), str_from(plain), &sealed, err) < 0)
		return -1;
	jw_init(&w, c->arena, 8192);
	jw_object(&w);
	jw_kstr(&w, "secret", secret);
	jw_kstr(&w, "otpauth_url",
		arena_printf(c->arena, "otpauth://totp/Billfold:%s?secret=%s&issuer=Billfold",
			     p.user.z, secret));
	jw_kstr(&w, "enrolment", sealed);
	jw_end_object(&w);
	r->body = sb_str(&w.sb);
	return 0;
}

static bool
enrolment_secret(struct call *c, const struct person *p, struct str *ret)
{
	struct err err = { 0 };
	struct str plain;
	int64_t until;

	if (unseal(c->arena, c->app->secret, enrolment_aad(c, p),
		   str_dup(c->arena, body_text(c, "enrolment")), &plain, &err) < 0)
		return false;
	struct str when = str_cut(plain, ' ', ret);

	return str_to_int(when, 0, INT64_MAX, &until) && until >= instant_now() / 1000000;
}

static struct str
with_codes(struct call *c, struct str session, const char *const *codes)
{
	struct jw w;

	jw_init(&w, c->arena, 4096);
	jw_array(&w);
	for (int i = 0; i < RECOVERY_CODES; i++)
		jw_strz(&w, codes[i]);
	jw_end_array(&w);
	return str_from(arena_printf(c->arena, STR_FMT ",\"recovery_codes\":" STR_FMT "}",
				     (int)session.len - 1, session.p, STR_ARG(sb_str(&w.sb))));
}

static int
mfa_confirm(struct call *c, struct reply *r, struct err *err)
{
	const char *codes[RECOVERY_CODES], *sealed;
	struct pg_array *hashes = pg_array_new(c->arena);
	struct person p;
	struct str secret;
	int64_t step;

	if (person_read(c, &c->who, &p, err) < 0)
		return -1;
	if (!enrolment_secret(c, &p, &secret))
		return err_field(err, c->arena, "/enrolment", "invalid",
				 "The enrolment is too old: begin anew.");
	if (!totp_verify(secret, body_text(c, "code"), instant_now() / 1000000, 0, &step))
		return err_field(err, c->arena, "/code", "invalid", "The code is not right.");
	if (person_seal_factor(c, &p, secret, &sealed, err) < 0)
		return -1;
	for (int i = 0; i < RECOVERY_CODES; i++) {
		const char *code = totp_secret_new(c->arena); /* 80 bits of it */

		codes[i] = arena_printf(c->arena, "%.4s-%.4s-%.4s-%.4s", code, code + 4, code + 8,
					code + 12);
		pg_array_add(hashes, recovery_hash(c->arena, str_from(codes[i])));
	}

	struct flush *f = begin_as(c);

	flush_addv(f, "SELECT auth.set_mfa($1::uuid, $2, $3::text[])", p.user.z, sealed,
		   pg_array_text(hashes), FLUSH_END);
	flush_addv(f, "SELECT auth.use_mfa_step($1::uuid, $2::bigint)", p.user.z,
		   int_text(c->arena, step), FLUSH_END);
	p.mfa = true;
	if (person_begin_session(c, &p, f, 200, r, err) < 0)
		return -1;
	r->body = with_codes(c, r->body, codes);
	return 0;
}

static int
mfa_end(struct call *c, struct reply *r, struct err *err)
{
	struct person p;

	if (person_confirm(c, &p, body_text(c, "password"), "/password", err) < 0)
		return -1;

	struct flush *f = begin_as(c);

	flush_addv(f, "SELECT auth.set_mfa($1::uuid, NULL, NULL)", p.user.z, FLUSH_END);
	p.mfa = false;
	return person_begin_session(c, &p, f, 200, r, err);
}

/* ---- tables ---- */

#define PASSWORD(field, words)                                                                     \
	{                                                                                          \
		.name = field, .type = FT_TEXT, .flags = FF_REQUIRED | FF_SECRET,                  \
		.u.len = { 1, 1024 }, .doc = words                                                 \
	}

static const struct field change_in[] = { PASSWORD("current_password", "The one of now."),
					  PASSWORD("password",
						   "The new one: 8 to 256 characters, any."),
					  { 0 } };
static const struct field reset_in[] = { { .name = "tenant",
					   .type = FT_TEXT,
					   .flags = FF_REQUIRED,
					   .u.len = { 1, 63 },
					   .doc = "The tenant's slug." },
					 { .name = "email",
					   .type = FT_TEXT,
					   .flags = FF_REQUIRED,
					   .u.len = { 1, 254 },
					   .doc = "The user's address." },
					 { 0 } };
static const struct field set_in[] = {
	{ .name = "token",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_SECRET,
	  .u.len = { 1, 200 },
	  .doc = "From the link of the mail: what stands behind the `#`." },
	PASSWORD("password", "The new one: 8 to 256 characters, any."),
	{ 0 }
};
static const struct field sure_in[] = { PASSWORD("password", "Your password, once more."), { 0 } };
static const struct field confirm_in[] = { { .name = "enrolment",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED | FF_SECRET,
					     .u.len = { 1, 1000 },
					     .doc = "From the answer that showed the secret." },
					   { .name = "code",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED | FF_SECRET,
					     .u.len = { 6, 6 },
					     .doc = "What the authenticator shows now." },
					   { 0 } };

static const struct field sent_out[] = {
	{ .name = "sent", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Always true." }, { 0 }
};
static const struct field factor_out[] = { { .name = "secret",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED,
					     .doc = "For the authenticator, in base32." },
					   { .name = "otpauth_url",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED,
					     .doc = "The same as a QR code holds it." },
					   { .name = "enrolment",
					     .type = FT_TEXT,
					     .flags = FF_REQUIRED,
					     .doc = "Goes back with the first code." },
					   { 0 } };
/* A new session, and what is shown once. */
static const struct field confirmed_out[] = { { .name = "user",
						.type = FT_JSON,
						.flags = FF_REQUIRED,
						.u.of = { me_user_fields, 0 },
						.doc = "Who has signed in." },
					      { .name = "csrf_token",
						.type = FT_TEXT,
						.flags = FF_REQUIRED,
						.doc = "Goes into X-CSRF-Token." },
					      { .name = "expires_at",
						.type = FT_TIME,
						.flags = FF_REQUIRED,
						.doc = "When the session ends." },
					      { .name = "recovery_codes",
						.type = FT_TEXTS,
						.flags = FF_REQUIRED,
						.doc = "Each instead of a code, once." },
					      { 0 } };

const struct route password_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/me/password",
	  .flags = RF_NO_KEY,
	  .in = change_in,
	  .status = 200,
	  .run = password_change,
	  .out = session_out,
	  .doc = "Change your password; every other session of yours ends." },
	{ .method = M_POST,
	  .pattern = "/v1/password/reset",
	  .flags = RF_PUBLIC | RF_NO_KEY,
	  .in = reset_in,
	  .status = 202,
	  .run = password_reset,
	  .out = sent_out,
	  .doc = "Ask for a link by mail. The answer is the same where there is no such user." },
	{ .method = M_POST,
	  .pattern = "/v1/password/set",
	  .flags = RF_PUBLIC | RF_NO_KEY,
	  .in = set_in,
	  .status = 204,
	  .run = password_set,
	  .doc = "Set a password by the link of an invitation or a reset." },
	{ .method = M_POST,
	  .pattern = "/v1/me/mfa",
	  .flags = RF_NO_KEY,
	  .in = sure_in,
	  .status = 200,
	  .run = mfa_begin,
	  .out = factor_out,
	  .doc = "Begin to add a second factor: the secret for an authenticator." },
	{ .method = M_POST,
	  .pattern = "/v1/me/mfa/confirm",
	  .flags = RF_NO_KEY,
	  .in = confirm_in,
	  .status = 200,
	  .run = mfa_confirm,
	  .out = confirmed_out,
	  .doc = "Add it, by its first code. Recovery codes are shown once." },
	{ .method = M_POST,
	  .pattern = "/v1/me/mfa/remove",
	  .flags = RF_NO_KEY,
	  .in = sure_in,
	  .status = 200,
	  .run = mfa_end,
	  .out = session_out,
	  .doc = "Take the second factor away." },
	{ 0 }
};
