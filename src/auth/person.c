/*
 * person.c - see person.h.
 *
 * A password is judged at the gate (gate.h), for a user that exists and for one that does not
 * alike. A second factor's code is used up in the same transaction that begins the session: of two
 * requests with one code, one commits.
 */
#include "person.h"

#include "gate.h"

#include <billfold/base/date.h>

static void
person_from(struct person *p, const struct flush *f, int stmt)
{
	p->state = flush_value(f, stmt, 0, 0);
	p->password_hash = flush_value(f, stmt, 0, 1);
	p->epoch = flush_int(f, stmt, 0, 2);
	p->mfa_secret_sealed = flush_value(f, stmt, 0, 3);
	p->mfa_step = flush_int(f, stmt, 0, 4);
	p->perms = (struct perm_set){ 0 };
	perms_from_scope(flush_str(f, stmt, 0, 5), &p->perms);
	p->email = flush_value(f, stmt, 0, 6);
}

static int
add_standing(struct flush *f, const struct person *p)
{
	return flush_addv(
	    f,
	    "SELECT state, password_hash, epoch, mfa_secret_sealed, mfa_step, permissions, email "
	    "FROM auth.standing($1::uuid)",
	    p->user.z, FLUSH_END);
}

int
person_read(struct call *c, const struct caller *who, struct person *ret, struct err *err)
{
	*ret = (struct person){ .tenant = who->tenant, .mfa = who->mfa };
	if (who->kind != ACTOR_USER || !uuid_parse(str_from(who->actor_id), &ret->user))
		return err_set(err, ERR_forbidden, "This is for people who have signed in.");

	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add_read(f, who);
	int stmt = add_standing(f, ret);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, stmt) != 1)
		return err_set(err, ERR_session_stale,
			       "Rights have changed since sign-in; sign in again.");
	person_from(ret, f, stmt);
	return 0;
}

void
person_caller(const struct call *c, const struct person *p, struct caller *ret)
{
	*ret = c->who;
	ret->tenant = p->tenant;
	ret->kind = ACTOR_USER;
	ret->epoch = -1;
	snprintf(ret->actor, sizeof(ret->actor), "user:%s", p->user.z);
	snprintf(ret->actor_id, sizeof(ret->actor_id), "%s", p->user.z);
}

/* ---- passwords ---- */

int
person_password(struct call *c, const struct person *p, struct str password, bool *ret_right,
		struct err *err)
{
	int place;

	if (gate_enter(c->app->run_dir, &place, err) < 0)
		return -1;
	*ret_right = false;
	if (p->password_hash)
		*ret_right = password_verify(p->password_hash, password);
	else
		password_decoy(password);
	gate_leave(place);
	return 0;
}

int
person_hash(struct call *c, struct str password, const char **ret, struct err *err)
{
	int place;

	if (password_check(password, c->arena, err) < 0 ||
	    gate_enter(c->app->run_dir, &place, err) < 0)
		return -1;
	int rc = password_hash(c->arena, password, ret, err);

	gate_leave(place);
	return rc;
}

/* ---- second factor ---- */

static const char *
factor_aad(struct arena *a, const struct person *p)
{
	return arena_printf(a, "%s|auth.app_user|mfa_secret_sealed|%s", p->tenant.z, p->user.z);
}

int
person_seal_factor(struct call *c, const struct person *p, struct str secret, const char **ret,
		   struct err *err)
{
	return seal(c->arena, c->app->secret, factor_aad(c->arena, p), secret, ret, err);
}

static bool
is_totp(struct str code)
{
	for (size_t i = 0; i < code.len; i++)
		if (code.p[i] < '0' || code.p[i] > '9')
			return false;
	return code.len == 6;
}

const char *
recovery_hash(struct arena *a, struct str code)
{
	char hash[SHA256_HEX];
	struct sb sb;

	sb_init(&sb, a, 256);
	for (size_t i = 0; i < code.len; i++) {
		char ch = code.p[i];

		if (ch != '-' && ch != ' ')
			sb_addc(&sb, ch >= 'a' && ch <= 'z' ? (char)(ch - 32) : ch);
	}
	sha256_hex(sb_str(&sb), hash);
	return arena_strdup(a, hash);
}

int
person_add_code(struct call *c, const struct person *p, struct str code, struct flush *f,
		struct err *err)
{
	struct str secret;
	int64_t step;

	if (!is_totp(code)) {
		flush_addv(f, "SELECT auth.use_recovery_code($1::uuid, $2)", p->user.z,
			   recovery_hash(c->arena, code), FLUSH_END);
		return 0;
	}
	if (unseal(c->arena, c->app->secret, factor_aad(c->arena, p), p->mfa_secret_sealed, &secret,
		   err) < 0)
		return -1;
	if (!totp_verify(secret, code, instant_now() / 1000000, p->mfa_step, &step))
		return err_set(err, ERR_invalid_credentials,
			       "The code is not right, or was used before.");
	flush_addv(f, "SELECT auth.use_mfa_step($1::uuid, $2::bigint)", p->user.z,
		   int_text(c->arena, step), FLUSH_END);
	return 0;
}

/* ---- sessions ---- */

static void
add_header(struct call *c, struct reply *r, const char *name, const char *value)
{
	*vec_push(c->arena, &r->headers) = (struct pair){ str_from(name), str_from(value) };
}

static void
set_device(struct call *c, const struct person *p, struct reply *r)
{
	if (p->device_of.len)
		add_header(
		    c, r, "Set-Cookie",
		    arena_printf(c->arena,
				 DEVICE_COOKIE
				 "=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000",
				 device_cookie(c, p->device_of)));
}

static void
end_former(struct call *c)
{
	struct err err = { 0 };
	struct str former;

	if (cookie_find(c->cookie, SESSION_COOKIE, &former, &err) == 0 && former.len)
		session_drop(c->app->cache, former, &err);
}

static int
put_session(struct call *c, const struct person *p, const char *token, const char *csrf,
	    struct err *err)
{
	struct session s = {
		.tenant = p->tenant,
		.user = p->user,
		.epoch = p->epoch,
		.perms = p->perms,
		.mfa = p->mfa,
		.signed_in_at = instant_now() / 1000000,
	};

	snprintf(s.csrf, sizeof(s.csrf), "%s", csrf);
	return session_put(c->app->cache, str_from(token), session_text(c->arena, &s),
			   SESSION_IDLE_S, SESSION_ABSOLUTE_S, err);
}

struct str
session_body(struct call *c, struct str user, const char *csrf, int64_t signed_in_at)
{
	int64_t ends = signed_in_at + SESSION_ABSOLUTE_S;
	struct jw w;

	jw_init(&w, c->arena, 65536);
	jw_object(&w);
	jw_kraw(&w, "user", user);
	jw_kstr(&w, "csrf_token", csrf);
	jw_kstr(&w, "expires_at", instant_text(c->arena, ends * 1000000));
	jw_end_object(&w);
	return sb_str(&w.sb);
}

int
person_begin_session(struct call *c, struct person *p, struct flush *f, int status, struct reply *r,
		     struct err *err)
{
	const char *token = token_new(c->arena), *csrf = token_new(c->arena);

	flush_addv(f, "SELECT auth.signed_in($1::uuid)", p->user.z, FLUSH_END);
	int standing = add_standing(f, p);
	int user = flush_addv(f, "SELECT auth.me_user($1::uuid)", p->user.z, FLUSH_END);

	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	person_from(p, f, standing);
	if (put_session(c, p, token, csrf, err) < 0)
		return -1;
	end_former(c);
	add_header(c, r, "Set-Cookie",
		   arena_printf(c->arena,
				SESSION_COOKIE
				"=%s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%d",
				token, SESSION_ABSOLUTE_S));
	set_device(c, p, r);
	r->status = status;
	r->body = session_body(c, flush_str(f, user, 0, 0), csrf, instant_now() / 1000000);
	return 0;
}

void
person_end_cookie(struct call *c, struct reply *r)
{
	end_former(c);
	add_header(c, r, "Set-Cookie",
		   SESSION_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
}

struct str
body_text(const struct call *c, const char *name)
{
	struct str s = { 0 };

	jval_str(c->body, name, &s);
	return s;
}
