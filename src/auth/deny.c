/*
 * deny.c - see auth/deny.h.
 *
 * The caller's epoch is not asked: also one whose rights have just been taken away leaves a trace.
 */
#include <billfold/auth/deny.h>
#include <billfold/base/log.h>
#include <billfold/json.h>

enum { FIELDS_MAX = 20, DETAIL_MAX = 65536 };

static void
record(struct db *db, struct arena *a, const struct caller *who, const char *action,
       const char *object, const char *object_id, const char *detail)
{
	struct caller traced = *who;
	struct uuid id;
	struct err err = { 0 };

	if (!db || !who->tenant.z[0])
		return;
	traced.epoch = -1;
	if (object_id && !uuid_parse(str_from(object_id), &id))
		object_id = NULL;

	struct flush *f = flush_new(db, a);

	enter_add(f, &traced);
	flush_addv(f, "SELECT audit.deny(left($1, 90), left($2, 100), $3::uuid, $4::jsonb)", action,
		   object ? object : "api", object_id, detail, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &err) < 0)
		log_event(LOG_ERROR, "a refusal could not be recorded", "actor", who->actor,
			  "action", action, "cause", err.cause[0] ? err.cause : err.detail, NULL);
}

void
deny_record(struct db *db, struct arena *a, const struct caller *who, const char *action,
	    const char *object, const char *object_id, const char *detail)
{
	struct jw w;

	jw_init(&w, a, DETAIL_MAX);
	jw_object(&w);
	jw_kstr(&w, "detail", detail);
	jw_end_object(&w);
	record(db, a, who, action, object, object_id, sb_z(&w.sb));
}

void
deny_error(struct db *db, struct arena *a, const struct caller *who, const char *action,
	   const char *object, const char *object_id, const struct err *why)
{
	struct jw w;
	int n = 0;

	jw_init(&w, a, DETAIL_MAX);
	jw_object(&w);
	jw_kstr(&w, "detail", why->detail);
	jw_kstr(&w, "code", err_def(why)->code);
	jw_key(&w, "fields");
	jw_array(&w);
	for (const struct err_field *e = why->fields; e && n < FIELDS_MAX; e = e->next, n++)
		jw_strz(&w, e->pointer);
	jw_end_array(&w);
	jw_end_object(&w);
	record(db, a, who, action, object, object_id, sb_z(&w.sb));
}
