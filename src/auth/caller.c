/*
 * caller.c - see auth/caller.h.
 *
 * Whatever is wrong with a token, the answer is the same: who forges learns nothing of what was
 * looked at. A cookie that is not a session's is simply nobody.
 */
#include <billfold/auth/caller.h>
#include <billfold/base/date.h>

static void
name_actor(struct caller *ret, enum actor_kind kind, const char *word, const char *id)
{
	ret->kind = kind;
	snprintf(ret->actor, sizeof(ret->actor), "%s:%s", word, id);
	snprintf(ret->actor_id, sizeof(ret->actor_id), "%s", id);
}

static int
over_limit(const struct rate_state *rate, struct err *err)
{
	err->retry_after = (int)rate->retry_after_s;
	return err_set(err, ERR_rate_limited,
		       "The limit of requests is used up; it fills again with time.");
}

static int
by_token(const struct auth_doors *d, struct arena *a, struct str token,
	 const struct rate_limit *limit, struct caller *ret, struct rate_state *ret_rate,
	 bool *ret_limited, struct err *err)
{
	struct jwt_claims claims = { 0 };
	struct err away = { 0 };
	struct uuid id;

	if (jwt_verify(d->keys, a, token, &claims, err) < 0)
		return -1;
	if (!uuid_parse(str_from(claims.tenant), &ret->tenant) ||
	    !uuid_parse(str_from(claims.subject), &id) || claims.epoch < 0)
		return err_set(err, ERR_invalid_token, "The access token is not valid.");
	name_actor(ret, ACTOR_CLIENT, "client", id.z);
	ret->epoch = claims.epoch;
	perms_from_scope(str_from(claims.scope), &ret->perms);

	/* Without Redis a token is as good as before: only the limit is gone. */
	const char *key = arena_printf(a, "c:%s:%s", ret->tenant.z, id.z);

	if (limit_request(d->cache, a, key, limit, ret_rate, &away) < 0)
		return 0;
	*ret_limited = limit && limit->quota > 0;
	return ret_rate->allowed ? 0 : over_limit(ret_rate, err);
}

static int
by_session(const struct auth_doors *d, struct arena *a, struct str token,
	   const struct rate_limit *limit, struct caller *ret, struct rate_state *ret_rate,
	   bool *ret_limited, struct err *err)
{
	char hash[SHA256_HEX];
	struct session session;
	struct str text;

	sha256_hex(token, hash);
	if (cache_request(d->cache, a, token, arena_printf(a, "s:%.32s", hash), limit, &text,
			  ret_rate, err) < 0)
		return err_set(err, ERR_unavailable, "Sessions cannot be looked up at the moment.");
	*ret_limited = limit && limit->quota > 0;
	if (!text.p || !session_parse(a, text, &session))
		return err_set(err, ERR_unauthenticated, "The session is not known, or has ended.");
	if (!ret_rate->allowed)
		return over_limit(ret_rate, err);
	ret->tenant = session.tenant;
	name_actor(ret, ACTOR_USER, "user", session.user.z);
	ret->epoch = session.epoch;
	ret->perms = session.perms;
	ret->by_cookie = true;
	ret->mfa = session.mfa;
	ret->signed_in_at = session.signed_in_at;
	memcpy(ret->csrf, session.csrf, sizeof(ret->csrf));
	return 0;
}

int
caller_find(const struct auth_doors *d, struct arena *a, const struct credentials *cred,
	    const struct rate_limit *limit, struct caller *ret, struct rate_state *ret_rate,
	    bool *ret_limited, struct err *err)
{
	struct str token;

	*ret = (struct caller){ 0 };
	*ret_rate = (struct rate_state){ .allowed = true };
	*ret_limited = false;
	snprintf(ret->address, sizeof(ret->address), "%s", cred->address ? cred->address : "");
	snprintf(ret->request_id, sizeof(ret->request_id), "%s",
		 cred->request_id ? cred->request_id : "");

	if (cred->authorization.p) {
		struct str scheme = str_cut(cred->authorization, ' ', &token);

		if (!str_eq_nocase(scheme, STR("Bearer")) || !token.len)
			return err_set(err, ERR_invalid_token, "The access token is not valid.");
		return by_token(d, a, token, limit, ret, ret_rate, ret_limited, err);
	}
	if (cred->session.len)
		return by_session(d, a, cred->session, limit, ret, ret_rate, ret_limited, err);
	return err_set(err, ERR_unauthenticated, "Sign in, or send an access token.");
}

int
caller_csrf(const struct caller *who, struct str token, struct str origin, struct str fetch_site,
	    const char *public_url, struct err *err)
{
	if (!who->by_cookie)
		return 0;
	if (!token.len || !equal_secret(token, str_from(who->csrf)))
		return err_set(err, ERR_csrf_failed, "X-CSRF-Token is not the session's.");
	if (origin.p && !str_eqz(origin, public_url))
		return err_set(err, ERR_csrf_failed, "The request comes from another origin.");
	if (fetch_site.p && str_eqz(fetch_site, "cross-site"))
		return err_set(err, ERR_csrf_failed, "The request comes from another site.");
	return 0;
}

int
caller_step_up(const struct caller *who, struct err *err)
{
	int64_t now = instant_now() / 1000000;

	if (!who->by_cookie || now - who->signed_in_at <= STEP_UP_S)
		return 0;
	return err_set(err, ERR_step_up_required,
		       "Show again who you are, at POST /v1/session/step_up.");
}

int
cookie_find(struct str header, const char *name, struct str *ret, struct err *err)
{
	*ret = (struct str){ 0 };
	while (header.len) {
		struct str rest, value;
		struct str part = str_trim(str_cut(header, ';', &rest));

		header = rest;
		if (!str_eqz(str_cut(part, '=', &value), name))
			continue;
		if (ret->p)
			return err_set(err, ERR_bad_header, "A cookie came twice: %s.", name);
		*ret = value;
	}
	return 0;
}
