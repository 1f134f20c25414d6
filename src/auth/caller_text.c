/*
 * caller_text.c - a caller as long work keeps it.
 *
 * What is asked for now is done later as whoever asked: actor, epoch and rights of that moment. The
 * epoch is compared at each step like a session's, so that rights which were taken away in between
 * end the work. No token and no cookie is kept.
 */
#include <billfold/auth/caller.h>
#include <billfold/json.h>

enum { CALLER_TEXT_MAX = 16384 };

struct str
caller_text(struct arena *a, const struct caller *who)
{
	struct jw w;

	jw_init(&w, a, CALLER_TEXT_MAX);
	jw_object(&w);
	jw_kstr(&w, "actor", who->actor);
	jw_kstr(&w, "actor_id", who->actor_id);
	jw_kint(&w, "epoch", who->epoch);
	jw_kstr(&w, "address", who->address);
	jw_kbool(&w, "mfa", who->mfa);
	jw_kstr(&w, "permissions", str_dup(a, perms_to_scope(a, &who->perms)));
	jw_end_object(&w);
	return sb_str(&w.sb);
}

static bool
take_text(struct json_object *o, const char *key, char *to, size_t size)
{
	struct str s;

	if (!jval_str(o, key, &s) || s.len >= size)
		return false;
	memcpy(to, s.p, s.len);
	to[s.len] = '\0';
	return true;
}

bool
caller_parse(struct arena *a, struct str text, const struct caller *worker, struct caller *ret)
{
	struct json_object *o;
	struct err scrap = { 0 };
	struct str s;

	*ret = (struct caller){ .tenant = worker->tenant };
	memcpy(ret->request_id, worker->request_id, sizeof(ret->request_id));
	if (jscan_parse(a, text, &o, &scrap) < 0 ||
	    !take_text(o, "actor", ret->actor, sizeof(ret->actor)) ||
	    !take_text(o, "actor_id", ret->actor_id, sizeof(ret->actor_id)) ||
	    !take_text(o, "address", ret->address, sizeof(ret->address)) ||
	    !jval_int(o, "epoch", &ret->epoch) || !jval_str(o, "permissions", &s))
		return false;
	perms_from_scope(s, &ret->perms);
	jval_bool(o, "mfa", &ret->mfa);
	s = str_from(ret->actor);
	ret->kind = str_starts(s, STR("user:"))     ? ACTOR_USER
		    : str_starts(s, STR("client:")) ? ACTOR_CLIENT
						    : ACTOR_WORKER;
	return true;
}
