/*
 * schema.c - what a resource is, for a client that builds forms and filters from it
 * (GET /v1/schema/{name}), and all of the registry for tests that are generated from it.
 */
#include "call.h"
#include "custom.h"
#include "describe.h"
#include "field.h"
#include "filter.h"

enum { SCHEMA_MAX = 16 * 1024 * 1024 };

/* clang-format off */
static const struct field schema_field_out[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Its name; of a custom field custom.{key}.", .example = "payment_terms" },
	{ .name = "label", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "For people.", .example = "Payment terms" },
	{ .name = "type", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Of its values.", .example = "integer" },
	{ .name = "doc", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What it is.", .example = "Days from issue to due date." },
	{ .name = "required", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether a create needs it." },
	{ .name = "nullable", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether null takes it away." },
	{ .name = "computed", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether it moves without the version." },
	{ .name = "sortable", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether lists are sorted by it." },
	{ .name = "creatable", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether the caller may say it on create.", .example = "true" },
	{ .name = "editable", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether the caller may change it.", .example = "true" },
	{ .name = "min_length", .type = FT_INT, .doc = "Of a text, in code points.", .example = "null" },
	{ .name = "max_length", .type = FT_INT, .doc = "Of a text, in code points.", .example = "null" },
	{ .name = "minimum", .type = FT_INT, .doc = "Of a number.", .example = "0" },
	{ .name = "maximum", .type = FT_INT, .doc = "Of a number.", .example = "365" },
	{ .name = "max_items", .type = FT_INT, .doc = "Of a set.", .example = "null" },
	{ .name = "choices", .type = FT_TEXTS, .doc = "The words that it takes.", .example = "null" },
	{ .name = "ref", .type = FT_TEXT, .doc = "The resource that it refers to.", .example = "null" },
	{ .name = "operators", .type = FT_TEXTS, .flags = FF_REQUIRED, .doc = "Of filters.", .example = "[\"eq\",\"gte\",\"lte\"]" },
	{ 0 }
};
static const struct field schema_child_out[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The member.", .example = "contacts" },
	{ .name = "resource", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "What its elements are.", .example = "contact" },
	{ .name = "editable", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether the caller may write it in the parent's bodies." },
	{ .name = "max", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Elements at most.", .example = "1000" },
	{ .name = "fields", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { schema_field_out, 0 }, .doc = "Of an element." },
	{ 0 }
};
static const struct field schema_action_out[] = {
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The last word of its path.", .example = "merge" },
	{ .name = "doc", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What it does.", .example = "Merge duplicates into this account." },
	{ .name = "permitted", .type = FT_BOOL, .flags = FF_REQUIRED, .doc = "Whether the caller may." },
	{ 0 }
};
const struct field resource_schema_out[] = {
	{ .name = "object", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "`schema`.", .example = "schema" },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The resource.", .example = "account" },
	{ .name = "path", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Where it is served.", .example = "/v1/accounts" },
	{ .name = "doc", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What it is.", .example = "A customer organisation." },
	{ .name = "default_sort", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "The order of its lists.", .example = "created_at,id" },
	{ .name = "operations", .type = FT_TEXTS, .flags = FF_REQUIRED, .doc = "Those that the caller may.", .example = "[\"read\",\"list\"]" },
	{ .name = "fields", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { schema_field_out, 0 }, .doc = "Its fields, custom ones too." },
	{ .name = "children", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { schema_child_out, 0 }, .doc = "What it embeds." },
	{ .name = "actions", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { schema_action_out, 0 }, .doc = "What is done to one of it." },
	{ 0 }
};
/* clang-format on */

static void
write_ops(struct jw *w, unsigned ops)
{
	jw_key(w, "operators");
	jw_array(w);
	for (int i = 0; i < FO_COUNT; i++) {
		if (ops >> i & 1)
			jw_strz(w, filter_op_words[i]);
	}
	jw_end_array(w);
}

static void
write_words(struct jw *w, const char *key, const char *const *words)
{
	jw_key(w, key);
	jw_array(w);
	for (const char *const *p = words; p && *p; p++)
		jw_strz(w, *p);
	jw_end_array(w);
}

static void
write_limits(struct jw *w, const struct field *f)
{
	if (field_is_textual(f->type) && f->type != FT_ENUM && f->type != FT_CURRENCY &&
	    f->type != FT_COUNTRY && f->type != FT_LOCALE && f->type != FT_ZONE) {
		int min, max;

		field_limits(f, &min, &max);
		jw_kint(w, "min_length", min);
		jw_kint(w, "max_length", max);
	} else if (f->type == FT_INT || f->type == FT_MONEY) {
		int64_t min, max;

		field_range(f, &min, &max);
		jw_kint(w, "minimum", min);
		jw_kint(w, "maximum", max);
	} else if (f->type == FT_ENUM || f->type == FT_ENUM_SET) {
		write_words(w, "choices", f->u.words);
	} else if (f->type == FT_INTS) {
		jw_kint(w, "minimum", f->u.ints.min);
		jw_kint(w, "maximum", f->u.ints.max);
		jw_kint(w, "max_items", f->u.ints.count);
	} else if (f->type == FT_REF) {
		jw_kstr(w, "ref", f->u.ref);
	}
}

static void
write_field(struct call *c, struct jw *w, const struct resource *res, const struct field *f)
{
	bool may = perm_has(&c->who.perms, res->write) && perm_has(&c->who.perms, f->write);

	jw_object(w);
	jw_kstr(w, "name", f->name);
	jw_kstr(w, "label", field_label(c->arena, f));
	jw_kstr(w, "type", field_type_word(f->type));
	jw_kstr(w, "doc", f->doc ? f->doc : "");
	jw_kbool(w, "required", f->flags & FF_REQUIRED);
	jw_kbool(w, "nullable", f->flags & FF_NULLABLE);
	jw_kbool(w, "computed", f->flags & FF_COMPUTED);
	jw_kbool(w, "sortable", f->flags & FF_SORT);
	jw_kbool(w, "creatable", may && (res->ops & OP_CREATE) && field_can_write(f, true));
	jw_kbool(w, "editable", may && (res->ops & OP_UPDATE) && field_can_write(f, false));
	write_limits(w, f);
	write_ops(w, filter_ops(f));
	jw_end_object(w);
}

static void
write_custom(struct call *c, struct jw *w, const struct resource *res, const struct custom_def *d)
{
	struct field f = custom_field_of(d);
	bool may = perm_has(&c->who.perms, res->write);

	jw_object(w);
	jw_kstr(w, "name", arena_printf(c->arena, "custom.%s", d->key));
	jw_kstr(w, "label", d->label);
	jw_kstr(w, "type", custom_type_words[d->type]);
	jw_kstr(w, "doc", "");
	jw_kbool(w, "required", d->required);
	jw_kbool(w, "nullable", !d->required);
	jw_kbool(w, "computed", false);
	jw_kbool(w, "sortable", false);
	jw_kbool(w, "creatable", may);
	jw_kbool(w, "editable", may);
	write_limits(w, &f);
	if (d->filterable)
		f.flags |= FF_FILTER;
	write_ops(w, filter_ops(&f));
	jw_end_object(w);
}

static void
write_children(struct call *c, struct jw *w, const struct resource *res)
{
	jw_key(w, "children");
	jw_array(w);
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		if (ch->resource && !perm_has(&c->who.perms, ch->resource->read))
			continue;
		jw_object(w);
		jw_kstr(w, "name", ch->name);
		jw_kstr(w, "resource", ch->resource ? ch->resource->name : NULL);
		jw_kbool(w, "editable",
			 ch->writable && ch->resource && perm_has(&c->who.perms, res->write) &&
			     perm_has(&c->who.perms, ch->resource->write));
		jw_kint(w, "max", ch->max ? ch->max : 1000);
		jw_key(w, "fields");
		jw_array(w);
		for (const struct field *f = ch->resource ? ch->resource->fields : NULL;
		     f && f->name; f++) {
			if (!(f->flags & FF_SECRET) && perm_has(&c->who.perms, f->read))
				write_field(c, w, ch->resource, f);
		}
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void
write_actions(struct call *c, struct jw *w, const struct resource *res)
{
	jw_key(w, "actions");
	jw_array(w);
	for (const struct action *act = res->actions; act && act->name; act++) {
		jw_object(w);
		jw_kstr(w, "name", act->name);
		jw_kstr(w, "doc", act->doc ? act->doc : "");
		jw_kbool(w, "permitted", perm_has(&c->who.perms, act->perm));
		jw_end_object(w);
	}
	jw_end_array(w);
}

int
resource_schema(const struct resource *res, struct call *c, struct reply *r, struct err *err)
{
	struct custom_def *defs = NULL;
	size_t n = 0;
	struct jw w;

	if (call_may(c, res->read, err) || call_known_query(c, (const char *const[]){ NULL }, err))
		return -1;
	if (res->custom && custom_load(c, res, &defs, &n, err))
		return -1;
	jw_init(&w, c->arena, SCHEMA_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "schema");
	jw_kstr(&w, "name", res->name);
	jw_kstr(&w, "path", arena_printf(c->arena, "/v1/%s", res->path));
	jw_kstr(&w, "doc", res->doc ? res->doc : "");
	jw_kstr(&w, "default_sort", res->default_sort ? res->default_sort : "id");
	jw_key(&w, "operations");
	jw_array(&w);
	for (const struct op_word *o = op_words; o->word; o++) {
		if ((resource_ops(res) & o->op) &&
		    perm_has(&c->who.perms, resource_perm(res, o->op)))
			jw_strz(&w, o->word);
	}
	jw_end_array(&w);
	jw_key(&w, "fields");
	jw_array(&w);
	for (const struct field *f = res->fields; f->name; f++) {
		if (perm_has(&c->who.perms, f->read))
			write_field(c, &w, res, f);
	}
	for (size_t i = 0; i < n; i++)
		write_custom(c, &w, res, &defs[i]);
	jw_end_array(&w);
	write_children(c, &w, res);
	write_actions(c, &w, res);
	jw_end_object(&w);
	call_reply(r, 200, sb_str(&w.sb));
	return 0;
}

/* ---- the whole registry ---- */

static const char *
perm_word(enum perm p)
{
	return p == P_NONE ? NULL : perm_defs[p].word;
}

static void
dump_fields(struct jw *w, const char *key, const struct field *fields)
{
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = { { FF_REQUIRED, "required" }, { FF_READ_ONLY, "read_only" },
		      { FF_COMPUTED, "computed" }, { FF_FILTER, "filter" },
		      { FF_SORT, "sort" },         { FF_SEARCH, "search" },
		      { FF_NULLABLE, "nullable" }, { FF_CREATE, "create_only" },
		      { FF_SECRET, "secret" },     { FF_NOT_LISTED, "not_listed" },
		      { FF_NAMED, "named" },       { FF_STEP_UP, "step_up" } };

	jw_key(w, key);
	jw_array(w);
	for (const struct field *f = fields; f && f->name; f++) {
		jw_object(w);
		jw_kstr(w, "name", f->name);
		jw_kstr(w, "type", field_type_word(f->type));
		jw_kstr(w, "column", field_column(f));
		jw_kstr(w, "norm", f->norm);
		jw_kstr(w, "sql_type", field_sql_type(f->type));
		jw_kstr(w, "read", perm_word(f->read));
		jw_kstr(w, "write", perm_word(f->write));
		jw_key(w, "flags");
		jw_array(w);
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
			if (f->flags & flags[i].flag)
				jw_strz(w, flags[i].word);
		}
		jw_end_array(w);
		write_limits(w, f);
		write_ops(w, filter_ops(f));
		if (f->type == FT_OBJECT || f->type == FT_LIST)
			dump_fields(w, "fields", f->u.of.fields);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static void
dump_resource(struct jw *w, const struct resource *res)
{
	jw_object(w);
	jw_kstr(w, "name", res->name);
	jw_kstr(w, "path", res->path);
	jw_kstr(w, "table", res->table);
	jw_kstr(w, "view", res->view);
	jw_kstr(w, "read", perm_word(res->read));
	jw_kstr(w, "write", perm_word(res->write));
	jw_kstr(w, "default_sort", res->default_sort ? res->default_sort : "id");
	jw_kbool(w, "custom", res->custom);
	jw_kbool(w, "archives", res->archives);
	jw_kbool(w, "external_ids", res->external_ids);
	jw_kbool(w, "own_create", res->create != NULL);
	jw_kbool(w, "own_remove", res->remove != NULL);
	jw_key(w, "operations");
	jw_array(w);
	for (const struct op_word *o = op_words; o->word; o++) {
		if (resource_ops(res) & o->op)
			jw_strz(w, o->word);
	}
	jw_end_array(w);
	dump_fields(w, "fields", res->fields);
	write_words(w, "hops", res->hops);
	jw_key(w, "children");
	jw_array(w);
	for (const struct child *ch = res->children; ch && ch->name; ch++) {
		jw_object(w);
		jw_kstr(w, "name", ch->name);
		jw_kstr(w, "resource", ch->resource ? ch->resource->name : NULL);
		jw_kstr(w, "table", ch->resource ? ch->resource->table : NULL);
		jw_kstr(w, "view", ch->resource ? ch->resource->view : NULL);
		jw_kstr(w, "parent_column", ch->parent_column);
		jw_kbool(w, "writable", ch->writable);
		jw_kbool(w, "ordered", ch->ordered);
		jw_kbool(w, "archives", ch->resource && ch->resource->archives);
		dump_fields(w, "fields", ch->resource ? ch->resource->fields : NULL);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_key(w, "actions");
	jw_array(w);
	for (const struct action *act = res->actions; act && act->name; act++) {
		jw_object(w);
		jw_kstr(w, "name", act->name);
		jw_kstr(w, "perm", perm_word(act->perm));
		jw_kint(w, "status", act->status ? act->status : 200);
		dump_fields(w, "in", act->in);
		jw_end_object(w);
	}
	jw_end_array(w);
	jw_end_object(w);
}

static void
dump_route(struct jw *w, const struct route *route)
{
	static const struct {
		unsigned flag;
		const char *word;
	} flags[] = { { RF_PUBLIC, "public" },  { RF_FORM, "form" },       { RF_HTML, "html" },
		      { RF_NO_KEY, "no_key" },  { RF_NO_CSRF, "no_csrf" }, { RF_LARGE, "large" },
		      { RF_UPLOAD, "upload" },  { RF_HIDDEN, "hidden" },   { RF_RAW, "raw" },
		      { RF_STEP_UP, "step_up" } };

	jw_object(w);
	jw_kstr(w, "method", method_word(route->method));
	jw_kstr(w, "pattern", route->pattern);
	jw_kstr(w, "perm", perm_word(route->perm));
	jw_kint(w, "status", route->status ? route->status : 200);
	jw_key(w, "flags");
	jw_array(w);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (route->flags & flags[i].flag)
			jw_strz(w, flags[i].word);
	}
	jw_end_array(w);
	dump_fields(w, "query", route->query);
	dump_fields(w, "in", route->in);
	jw_end_object(w);
}

struct str
registry_dump_json(const struct registry *g, struct arena *a)
{
	struct jw w;

	jw_init(&w, a, SCHEMA_MAX);
	jw_object(&w);
	jw_key(&w, "resources");
	jw_array(&w);
	for (const struct resource *const *p = g->resources; p && *p; p++)
		dump_resource(&w, *p);
	jw_end_array(&w);
	jw_key(&w, "routes");
	jw_array(&w);
	for (const struct route *const *p = g->routes; p && *p; p++) {
		for (const struct route *route = *p; route->pattern; route++)
			dump_route(&w, route);
	}
	jw_end_array(&w);
	jw_end_object(&w);
	return sb_str(&w.sb);
}
