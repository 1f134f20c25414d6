/*
 * session.c - what Redis keeps under a session's token, as JSON.
 *
 * Permissions stand there as words: a worker of the next release has other bits, and words that it
 * does not know give nothing.
 */
#include <billfold/auth/caller.h>
#include <billfold/json.h>

enum { SESSION_TEXT_MAX = 8192 };

struct str
session_text(struct arena *a, const struct session *s)
{
	struct jw w;

	jw_init(&w, a, SESSION_TEXT_MAX);
	jw_object(&w);
	jw_kstr(&w, "kind", "session");
	jw_kstr(&w, "tenant", s->tenant.z);
	jw_kstr(&w, "user", s->user.z);
	jw_kint(&w, "epoch", s->epoch);
	jw_kstr(&w, "csrf", s->csrf);
	jw_kbool(&w, "mfa", s->mfa);
	jw_kint(&w, "at", s->signed_in_at);
	jw_key(&w, "permissions");
	jw_array(&w);
	for (enum perm p = P_NONE + 1; p < P_MAX; p++)
		if (perm_has(&s->perms, p))
			jw_strz(&w, perm_defs[p].word);
	jw_end_array(&w);
	jw_end_object(&w);
	return sb_str(&w.sb);
}

static bool
get_uuid(struct json_object *o, const char *key, struct uuid *ret)
{
	struct str s;

	return jval_str(o, key, &s) && uuid_parse(s, ret);
}

bool
session_parse(struct arena *a, struct str text, struct session *ret)
{
	struct json_object *o, *words;
	struct err err = { 0 };
	struct str kind, csrf;

	*ret = (struct session){ 0 };
	if (jscan_parse(a, text, &o, &err) < 0 || !jval_str(o, "kind", &kind) ||
	    !str_eqz(kind, "session"))
		return false;
	if (!get_uuid(o, "tenant", &ret->tenant) || !get_uuid(o, "user", &ret->user) ||
	    !jval_int(o, "epoch", &ret->epoch) || !jval_str(o, "csrf", &csrf) ||
	    csrf.len >= sizeof(ret->csrf))
		return false;
	memcpy(ret->csrf, csrf.p, csrf.len);
	jval_bool(o, "mfa", &ret->mfa);
	jval_int(o, "at", &ret->signed_in_at);
	words = jval_get(o, "permissions");
	if (!words || !json_object_is_type(words, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(words); i++) {
		struct json_object *word = json_object_array_get_idx(words, i);

		if (json_object_is_type(word, json_type_string))
			perm_add(&ret->perms, perm_by_word((struct str){
						  json_object_get_string(word),
						  (size_t)json_object_get_string_len(word) }));
	}
	return true;
}
