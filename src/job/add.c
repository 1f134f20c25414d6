/*
 * add.c - events and jobs as statements of a change's own flush.
 */
#include <billfold/job.h>

void
event_add(struct flush *f, const char *type, const char *object, const char *object_id,
	  const char *data)
{
	flush_addv(f, "SELECT job.emit($1, $2, $3::uuid, $4::jsonb)", type, object, object_id, data,
		   FLUSH_END);
}

void
job_add(struct flush *f, const char *kind, const char *key, const char *payload, const char *run_at)
{
	flush_addv(f, "SELECT job.enqueue($1, $2, $3::jsonb, $4::timestamptz)", kind, key, payload,
		   run_at, FLUSH_END);
}
