/*
 * processor_event.c - what processors told: kept once, and the resource that shows it.
 */
#include <billfold/connect.h>

#include <billfold/base/date.h>

const char *const processor_topics[TOPIC_MAX + 1] = { "none",     "charge", "refund",  "dispute",
						      "checkout", "method", "mandate", NULL };

void
inbound_add(struct flush *f, struct arena *a, const char *processor_id,
	    const struct processor_event *e, bool live, const char *source, struct str body)
{
	const char *reason = e->foreign        ? "It is of another account."
			     : e->live != live ? "It is about the other kind of money (test, live)."
					       : NULL;
	char *happened = arena_alloc(a, INSTANT_TEXT), *hash = arena_alloc(a, SHA256_HEX);

	instant_format(e->happened_at * INT64_C(1000000), happened);
	if (body.p)
		sha256_hex(body, hash);
	flush_addv(f,
		   "SELECT connect.inbound_add($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		   uuid_new_z(a), processor_id, e->ref, e->type, processor_topics[e->topic],
		   e->object_ref, e->charge_ref, e->subject, happened, source, body.p ? hash : NULL,
		   reason, FLUSH_END);
}

static const char *const sources[] = { "webhook", "poll", NULL };
static const char *const states[] = { "received", "applied", "ignored", "parked", NULL };

static const struct field event_fields[] = {
	{ .name = "processor_id",
	  .type = FT_REF,
	  .flags = FF_READ_ONLY,
	  .u.ref = "processor",
	  .doc = "The account that told it." },
	{ .name = "ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 255 },
	  .doc = "The processor's own id of the event." },
	{ .name = "type",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY,
	  .u.len = { 1, 100 },
	  .doc = "The processor's word for what happened." },
	{ .name = "topic",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = processor_topics,
	  .doc = "What it is about here; `none`: nothing that matters here." },
	{ .name = "object_ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER,
	  .u.len = { 1, 255 },
	  .doc = "What it is about, by the processor's id." },
	{ .name = "charge_ref",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 255 },
	  .doc = "The charge behind that." },
	{ .name = "subject",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 255 },
	  .doc = "Our own id that it carries." },
	{ .name = "source",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = sources,
	  .doc = "Told by a webhook, or found when we asked." },
	{ .name = "happened_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY,
	  .doc = "When it happened, by the processor's clock." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .u.words = states,
	  .doc = "`parked`: about nothing of ours that we know; `ignored`: of no meaning here." },
	{ .name = "reason",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 500 },
	  .doc = "Why it is parked." },
	{ .name = "applied_at",
	  .type = FT_TIME,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When the present state of its object was made true here." },
	{ 0 }
};

static int
event_apply(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f;
	const char *id;

	if (call_id(c, &processor_event_resource, &id, err) < 0)
		return -1;
	f = call_begin(c);
	if (call_if_match(c, f, &processor_event_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT connect.inbound_again($1)", id, FLUSH_END);
	return call_answer(c, f, &processor_event_resource, id, 202, r, err);
}

static const struct action event_actions[] = {
	{ .name = "apply",
	  .perm = P_TENANT_WRITE,
	  .status = 202,
	  .run = event_apply,
	  .doc = "Looks at a parked event once more: perhaps what it is about is known by now." },
	{ 0 }
};

const struct resource processor_event_resource = {
	.name = "processor_event",
	.path = "processor_events",
	.table = "connect.inbound_event",
	.view = "connect.inbound_event_view",
	.ops = OP_READ_ONLY,
	.read = P_TENANT_READ,
	.write = P_TENANT_WRITE,
	.fields = event_fields,
	.actions = event_actions,
	.default_sort = "created_at,id",
	.doc = "Something that a processor told.",
};
