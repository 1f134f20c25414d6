/*
 * processor_account.c - the resource `processor`: a tenant's accounts at processors.
 *
 * Secrets go in and never come out: they are sealed for their row before they are stored, the view
 * does not know them, the audit shows that one changed. Which money an account moves (test or live)
 * follows from its key and never changes: a method of one is unknown to the other. A new key waits
 * beside the former one until the processor has said that it is the same account's.
 */
#include <billfold/connect.h>
#include <billfold/resource/write.h>

enum { HINT_LEN = 4, KEY_MIN = 6, KEY_MAX = 250, WEBHOOK_SECRETS_MAX = 2 };

static const char *const kinds[] = { "stripe", "sandbox", "manual", NULL };
static const char *const modes[] = { "test", "live", NULL };
static const char *const refusals[] = { "not_taken", "other_account", "not_told", NULL };
static const char *const states[] = { "active", "paused", NULL };

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      (s.p[i] >= '0' && s.p[i] <= '9') || strchr("_-+/=", s.p[i])))
			return false;
	return true;
}

static bool
has_form(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n + KEY_MIN && s.len <= KEY_MAX && str_starts(s, str_from(prefix)) &&
	       is_plain(s);
}

/* "test", "live"; NULL: not a secret key of Stripe's */
static const char *
mode_of_key(struct str key)
{
	if (has_form(key, "sk_test_") || has_form(key, "rk_test_"))
		return "test";
	return has_form(key, "sk_live_") || has_form(key, "rk_live_") ? "live" : NULL;
}

static int
set_sealed(struct write *w, const char *what, struct str plain, struct err *err)
{
	struct arena *a = w->c->arena;
	const char *sealed;

	if (seal(a, w->c->app->secret,
		 arena_printf(a, "%s|connect.processor|%s|%s", w->c->who.tenant.z, what, w->id),
		 plain, &sealed, err) < 0)
		return -1;
	write_set(w, arena_printf(a, "%s_sealed", what), sealed);
	return 0;
}

static int
take_api_key(struct write *w, const char **ret_mode, struct err *err)
{
	const char *hint;
	struct str key;

	*ret_mode = NULL;
	if (!jval_str(w->body, "api_key", &key))
		return 0;
	*ret_mode = mode_of_key(key);
	if (*ret_mode == NULL)
		return write_refuse(
		    w, err, "/api_key", "invalid",
		    "is not a secret key: sk_test_..., sk_live_..., rk_test_..., rk_live_...");
	hint = arena_printf(w->c->arena, "..." STR_FMT, HINT_LEN, key.p + key.len - HINT_LEN);
	write_drop(w, "api_key");
	if (!w->create) {
		write_set(w, "api_key_next_hint", hint);
		write_after(w,
			    "SELECT job.enqueue('check_key', $1, "
			    "jsonb_build_object('processor_id', $2::text))",
			    arena_printf(w->c->arena, "key:%s", uuid_new_z(w->c->arena)), w->id,
			    FLUSH_END);
		return set_sealed(w, "api_key_next", key, err);
	}
	write_set(w, "mode", *ret_mode);
	write_set(w, "api_key_at", "now"); /* PostgreSQL's word for this transaction's time */
	write_set(w, "api_key_hint", hint);
	return set_sealed(w, "api_key", key, err);
}

static int
take_webhook_secrets(struct write *w, struct err *err)
{
	struct json_object *secrets = jval_get(w->body, "webhook_secrets");
	size_t n;

	if (!json_object_is_type(secrets, json_type_array))
		return 0;
	n = json_object_array_length(secrets);
	if (n == 0 || n > WEBHOOK_SECRETS_MAX)
		return write_refuse(w, err, "/webhook_secrets", "out_of_range",
				    "is one secret, or two");
	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(secrets, i);
		struct str s = { json_object_get_string(v), (size_t)json_object_get_string_len(v) };

		if (!has_form(s, "whsec_"))
			return write_refuse(w, err,
					    arena_printf(w->c->arena, "/webhook_secrets/%zu", i),
					    "invalid", "is not a signing secret: whsec_...");
	}
	write_drop(w, "webhook_secrets");
	return set_sealed(w, "webhook_secrets", jval_text(w->c->arena, secrets), err);
}

static int
processor_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *kind = NULL, *mode, *is_default, *entity = NULL;
	bool names_entity;

	(void)c;
	if (take_api_key(w, &mode, err) < 0 || take_webhook_secrets(w, err) < 0)
		return -1;
	write_value(w, "kind", &kind);
	if (w->create && strcmp(kind, "stripe") == 0 && mode == NULL)
		return write_refuse(w, err, "/api_key", "required", "is required");
	if (w->create && mode == NULL)
		write_set(w, "mode", strcmp(kind, "sandbox") == 0 ? "test" : "live");
	write_before(w, "SELECT connect.processor_expect($1, $2, $3, $4::boolean)", w->id, kind,
		     mode, jval_has(w->body, "webhook_secrets") ? "t" : "f", FLUSH_END);
	names_entity = write_value(w, "entity_id", &entity);
	if (write_value(w, "is_default", &is_default) && is_default && is_default[0] == 't')
		write_before(w, "SELECT connect.processor_default($1, $2, $3::boolean)", w->id,
			     entity, names_entity || w->create ? "t" : "f", FLUSH_END);
	if (!w->create && jval_has(w->body, "state"))
		write_after(w, "SELECT collect.processor_back($1)", w->id, FLUSH_END);
	return 0;
}

static const struct field processor_fields[] = {
	{ .name = "kind",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.words = kinds,
	  .doc = "Whose account it is; `manual` is for what customers pay by themselves." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 100 },
	  .doc = "By which your people know it; unique.",
	  .example = "Stripe" },
	{ .name = "mode",
	  .type = FT_ENUM,
	  .flags = FF_READ_ONLY,
	  .u.words = modes,
	  .doc = "Follows from the key: `live` moves real money." },
	{ .name = "entity_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .u.ref = "entity",
	  .doc = "The seller whose customers pay here; null: every seller's." },
	{ .name = "is_default",
	  .type = FT_BOOL,
	  .doc = "Customers pay here when nothing else is said; takes the place of the former "
		 "default." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .u.words = states,
	  .doc = "`paused` takes no new attempts; what runs is brought to its end." },
	{ .name = "api_key",
	  .type = FT_TEXT,
	  .flags = FF_SECRET | FF_STEP_UP,
	  .column = "api_key_sealed",
	  .u.len = { 1, KEY_MAX },
	  .doc = "The secret key by which we speak to the processor. Goes in, never comes out. A "
		 "new one takes the former one's place when the processor has said that it is "
		 "the same account's.",
	  .example = "sk_test_51PqK2e2vQ9" },
	{ .name = "api_key_hint",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 20 },
	  .doc = "The end of the key, to tell keys apart.",
	  .example = "sk_live_…2vQ9" },
	{ .name = "api_key_next_hint",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 20 },
	  .doc = "The end of a new key, of which the processor is being asked whose it is." },
	{ .name = "api_key_refused",
	  .type = FT_ENUM,
	  .flags = FF_COMPUTED | FF_NULLABLE,
	  .u.words = refusals,
	  .doc = "Why the last new key was not taken: `not_taken` by the processor; "
		 "`other_account`: attempts, refunds, disputes or methods live at the one of now; "
		 "`not_told`: nor can the key tell that it is that one's." },
	{ .name = "account_ref",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_NULLABLE,
	  .u.len = { 1, 255 },
	  .doc = "What the processor itself calls the account; null: it has not said so yet." },
	{ .name = "webhook_secrets",
	  .type = FT_TEXTS,
	  .flags = FF_SECRET | FF_STEP_UP,
	  .column = "webhook_secrets_sealed",
	  .u.len = { 1, KEY_MAX },
	  .doc = "The signing secret of the endpoint that you enter there; the former one beside "
		 "it during a "
		 "rotation." },
	{ .name = "webhook_path",
	  .type = FT_TEXT,
	  .flags = FF_READ_ONLY | FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "Where the processor sends its webhooks, below this installation's address." },
	{ .name = "trouble",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_NULLABLE,
	  .u.len = { 1, 500 },
	  .doc = "What keeps us from working with the processor; null: nothing does." },
	{ .name = "trouble_at",
	  .type = FT_TIME,
	  .flags = FF_COMPUTED | FF_NULLABLE,
	  .doc = "Since when." },
	{ .name = "polled_at",
	  .type = FT_TIME,
	  .flags = FF_COMPUTED | FF_NULLABLE,
	  .doc = "When we last asked for what no webhook told." },
	{ 0 }
};

static const struct field take_over_in[] = { { .name = "account_ids",
					       .type = FT_IDS,
					       .flags = FF_REQUIRED,
					       .u.of = { .max = 1000 },
					       .doc = "The customers that pay here from now on." },
					     { 0 } };

static int
processor_take_over(struct call *c, struct reply *r, struct err *err)
{
	struct json_object *ids = jval_get(c->body, "account_ids");
	struct pg_array *list = pg_array_new(c->arena);
	struct flush *f;
	const char *id;

	if (call_id(c, &processor_resource, &id, err) < 0)
		return -1;
	for (size_t i = 0; i < json_object_array_length(ids); i++)
		pg_array_add(list, json_object_get_string(json_object_array_get_idx(ids, i)));
	f = call_begin(c);
	if (call_if_match(c, f, &processor_resource, id, err) < 0)
		return -1;
	flush_addv(f, "SELECT connect.take_over($1, $2::uuid[])", id, pg_array_text(list),
		   FLUSH_END);
	return call_answer(c, f, &processor_resource, id, 200, r, err);
}

static const struct action processor_actions[] = {
	{ .name = "take_over",
	  .perm = P_TENANT_WRITE,
	  .in = take_over_in,
	  .run = processor_take_over,
	  .doc = "Moves customers here from wherever they pay now: open invoices are collected by "
		 "this processor, "
		 "what was paid elsewhere stays there." },
	{ 0 }
};

const struct resource processor_resource = {
	.name = "processor",
	.path = "processors",
	.table = "connect.processor",
	.view = "connect.processor_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_LIST | OP_SEARCH | OP_DELETE,
	.read = P_TENANT_READ,
	.write = P_TENANT_WRITE,
	.fields = processor_fields,
	.actions = processor_actions,
	.archives = true,
	.prepare = processor_prepare,
	.default_sort = "created_at,id",
	.doc = "An account at a payment processor.",
};
