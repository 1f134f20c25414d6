/*
 * processor_webhook.c - the door for webhooks: POST /v1/processors/TENANT.PROCESSOR/webhook.
 *
 * The path says whose it is, the signature over the raw bytes that it is the processor's; until
 * that is found good, nothing is parsed and nothing written. Then the event is kept, once, and
 * answered: what it means is a job's work. A path that leads nowhere and a bad signature tell
 * nothing of each other.
 */
#include <billfold/connect.h>

#include "stripe.h"

#include <time.h>

enum { SECRETS_MAX = 2 };

static const struct webhook_scheme schemes[] = {
	{ "stripe", "HTTP_STRIPE_SIGNATURE", stripe_webhook_open },
};

static const struct webhook_scheme *
scheme_find(const char *kind)
{
	for (size_t i = 0; kind && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcmp(schemes[i].kind, kind) == 0)
			return &schemes[i];
	return NULL;
}

/* The header's value; one that is doubled is none. */
static struct str
header_of(const struct call *c, const char *name)
{
	struct str found = { 0 }, name_text = str_from(name);
	int n = 0;

	for (const char *const *p = c->params; p && *p; p++) {
		struct str value, key = str_cut(str_from(*p), '=', &value);

		if (str_eq(key, name_text)) {
			found = value;
			n++;
		}
	}
	return n == 1 ? found : (struct str){ 0 };
}

static int
no_such_door(struct err *err)
{
	return err_set(err, ERR_not_found, "No processor sends its webhooks here.");
}

struct door {
	struct uuid processor;
	const struct webhook_scheme *scheme;
	bool live;
	struct str secrets[SECRETS_MAX];
	size_t n_secrets;
};

static int
open_secrets(struct call *c, const char *sealed, struct door *d, struct err *err)
{
	struct json_object *list = NULL;
	struct str text;

	if (unseal(c->arena, c->app->secret,
		   arena_printf(c->arena, "%s|connect.processor|webhook_secrets|%s",
				c->who.tenant.z, d->processor.z),
		   sealed, &text, err) < 0 ||
	    jscan_parse(c->arena, text, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < json_object_array_length(list) && i < SECRETS_MAX; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		d->secrets[d->n_secrets++] = (struct str){ json_object_get_string(v),
							   (size_t)json_object_get_string_len(v) };
	}
	return 0;
}

static int
find(struct call *c, struct door *d, struct err *err)
{
	struct str processor, tenant = str_cut(c->param[0], '.', &processor);
	struct flush *f;
	int s;

	if (!uuid_parse(tenant, &c->who.tenant) || !uuid_parse(processor, &d->processor))
		return no_such_door(err);
	c->who.kind = ACTOR_LINK;
	c->who.epoch = -1;
	snprintf(c->who.actor, sizeof(c->who.actor), "processor:%s", d->processor.z);
	snprintf(c->who.actor_id, sizeof(c->who.actor_id), "%s", d->processor.z);
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	s = flush_addv(f, "SELECT * FROM connect.webhook_door($1)", d->processor.z, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return err->code == ERR_unauthenticated ? no_such_door(err) : -1;
	if (flush_rows(f, s) == 0 || (d->scheme = scheme_find(flush_value(f, s, 0, 0))) == NULL)
		return no_such_door(err);
	d->live = flush_bool(f, s, 0, 1);
	return open_secrets(c, flush_value(f, s, 0, 2), d, err);
}

static int
webhook_take(struct call *c, struct reply *r, struct err *err)
{
	struct door d = { 0 };
	struct webhook w = { .body = c->raw_body, .now = (int64_t)time(NULL) };
	struct processor_event e;
	struct flush *f;

	if (find(c, &d, err) < 0)
		return -1;
	w.signature = header_of(c, d.scheme->header);
	w.secrets = d.secrets;
	w.n_secrets = d.n_secrets;
	if (d.scheme->open(c->arena, &w, &e, err) < 0)
		return -1;
	f = flush_new(c->app->db, c->arena);
	enter_add(f, &c->who);
	inbound_add(f, c->arena, d.processor.z, &e, d.live, "webhook", c->raw_body);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	r->status = 200;
	r->body = STR("{\"received\":true}");
	return 0;
}

static const struct field webhook_out[] = { { .name = "received",
					      .type = FT_BOOL,
					      .flags = FF_REQUIRED,
					      .doc = "Kept; what it means follows." },
					    { 0 } };

const struct route processor_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/processors/{id}/webhook",
	  .flags = RF_PUBLIC | RF_RAW | RF_NO_KEY | RF_NO_CSRF,
	  .out = webhook_out,
	  .status = 200,
	  .run = webhook_take,
	  .doc = "Where a processor sends its webhooks, under its own signature; the path is a "
		 "processor's "
		 "`webhook_path`." },
	{ 0 },
};
