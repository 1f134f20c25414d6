/*
 * custom_field.c - the definitions of custom fields, as a resource.
 *
 * Filters, rules and exports name a field by its key, so that key, resource and type never change
 * (a guard of the table: 409); the label does. A field of which objects have values is not deleted
 * (409 in_use): their history would lose its meaning.
 */
#include "call.h"
#include "compose.h"
#include "custom.h"
#include "field.h"

#include <billfold/resource/write.h>

static const struct field custom_field_fields[] = {
	{ .name = "resource",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "Name of the resource that gets the field, like account. Never changes." },
	{ .name = "key",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "Member of `custom`: lower case letters, digits, _. Never changes." },
	{ .name = "label",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 100 },
	  .doc = "What people read.",
	  .example = "Delivery route" },
	{ .name = "type",
	  .type = FT_ENUM,
	  .flags = FF_REQUIRED,
	  .u.words = custom_type_words,
	  .doc = "What it holds. Decimals are strings of at most 6 places. Never changes." },
	{ .name = "choices",
	  .type = FT_TEXTS,
	  .u.len = { 1, 100 },
	  .doc = "The words of an enum.",
	  .example = "" },
	{ .name = "required", .type = FT_BOOL, .doc = "Needed on create." },
	{ .name = "filterable",
	  .type = FT_BOOL,
	  .flags = FF_CREATE,
	  .doc = "Lists can be filtered by it: custom.{key}." },
	{ .name = "position", .type = FT_INT, .u.num = { 0, 10000 }, .doc = "Order on forms." },
	{ 0 }
};

static bool
is_key(const char *key)
{
	for (size_t i = 0; key[i]; i++) {
		bool letter = key[i] >= 'a' && key[i] <= 'z';
		bool digit = (key[i] >= '0' && key[i] <= '9') || key[i] == '_';

		if (!letter && (i == 0 || !digit))
			return false;
	}
	return true;
}

static void
prepare_create(struct write *w, struct err *err)
{
	const char *name = "", *key = "", *type = "", *choices = "{}";
	const struct resource *target;
	bool words;

	write_value(w, "resource", &name);
	write_value(w, "key", &key);
	write_value(w, "type", &type);
	target = registry_find(w->c->app->registry, name);
	words = write_value(w, "choices", &choices) && strcmp(choices, "{}") != 0;
	if (!target || !target->custom)
		write_refuse(w, err, "/resource", "choice", "Has no custom fields.");
	if (!is_key(key))
		write_refuse(w, err, "/key", "format",
			     "A lower case letter, then such letters, digits or _.");
	if (words != (strcmp(type, "enum") == 0))
		write_refuse(w, err, "/choices", words ? "unknown" : "required",
			     "An enum has choices, and nothing else has.");
}

static int
custom_field_prepare(struct call *c, struct write *w, struct err *err)
{
	(void)c;
	if (w->create)
		prepare_create(w, err);
	return err->code == ERR_none ? 0 : -1;
}

/* Raises 23503 where an object of any resource has a value. */
static void
add_use_guard(struct call *c, struct flush *f, const char *id)
{
	struct sb sb;
	const char *params[1] = { id };

	sb_init(&sb, c->arena, SQL_MAX);
	sb_addz(&sb, "SELECT base.raise('23503', 'Objects have values of this field.') FROM "
		     "meta.custom_field d WHERE d.id = $1 AND (false");
	for (const struct resource *const *p = c->app->registry->resources; *p; p++) {
		if ((*p)->custom)
			sb_addf(&sb,
				" OR (d.resource = '%s' AND EXISTS (SELECT 1 FROM %s t WHERE "
				"t.custom ? d.key))",
				(*p)->name, (*p)->table);
	}
	sb_addc(&sb, ')');
	flush_add(f, sb_z(&sb), 1, params);
}

static int
custom_field_remove(struct call *c, struct reply *r, struct err *err)
{
	const struct resource *res = &custom_field_resource;
	const char *versions, *id;
	struct flush *f;
	bool sent;

	if (call_id(c, res, &id, err) || call_versions(c, &sent, &versions, err))
		return -1;
	if (!sent)
		return err_set(err, ERR_precondition_required,
			       "Send If-Match with the ETag that you have read.");
	f = call_begin(c);
	compose_expect(f, c->arena, res, id, versions, false, NULL);
	add_use_guard(c, f, id);
	compose_event(f, c->arena, res, id, "custom_field.deleted", NULL);
	flush_addv(f, "DELETE FROM meta.custom_field t WHERE t.id = $1", id, FLUSH_END);
	if (call_run(c, f, r, err)) {
		call_current(c, res, id, err);
		return -1;
	}
	r->status = 204;
	return 0;
}

const struct resource custom_field_resource = {
	.name = "custom_field",
	.path = "custom_fields",
	.table = "meta.custom_field",
	.view = "meta.custom_field_view",
	.ops = OP_CREATE | OP_READ | OP_UPDATE | OP_DELETE | OP_LIST | OP_SEARCH,
	.read = P_NONE,
	.write = P_FIELD_WRITE,
	.fields = custom_field_fields,
	.default_sort = "created_at,id",
	.prepare = custom_field_prepare,
	.remove = custom_field_remove,
	.doc = "A field that a tenant adds to a resource.",
};
