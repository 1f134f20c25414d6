/*
 * work_order.c - what the doors of long work share: a body that is checked, the resource that it
 * names, the operation and its job in the transaction that answers 202.
 */
#include "work.h"

#include <billfold/auth/caller.h>

int
work_spec(struct call *c, struct json_object *spec, const struct field *fields, struct err *err)
{
	c->body = spec;
	return body_check(c, fields, true, err);
}

const struct resource *
work_resource(struct call *c, struct json_object *spec, bool (*offered)(const struct resource *),
	      struct err *err)
{
	struct str name = jval_str_of(spec, "resource");
	const struct resource *res = registry_find(c->app->registry, str_dup(c->arena, name));

	if (res && offered(res)) {
		c->module = res->module;
		return res;
	}
	err_field(err, c->arena, "/resource", "choice", "There is no such resource here.");
	return NULL;
}

void
work_order_init(struct work_order *o, struct call *c, const char *kind, const struct resource *res)
{
	*o = (struct work_order){
		.id = uuid_new_z(c->arena), .kind = kind, .res = res, .total = -1
	};
	jw_init(&o->params, c->arena, WORK_TEXT_MAX);
	jw_object(&o->params);
}

void
work_order_add(struct work_order *o, struct call *c, struct flush *f)
{
	struct str needs = perms_to_scope(c->arena, &o->needs);

	jw_kstr(&o->params, "needs", str_dup(c->arena, needs));
	jw_end_object(&o->params);
	flush_addv(f,
		   "SELECT meta.start_operation($1::uuid, $2, $3::jsonb, $4, $5::jsonb, "
		   "$6::boolean, $7::bigint)",
		   o->id, o->kind, sb_z(&o->params.sb), o->res->name,
		   str_dup(c->arena, caller_text(c->arena, &c->who)), o->dry_run ? "true" : "false",
		   o->total < 0 ? NULL : int_text(c->arena, o->total), FLUSH_END);
}

int
work_order_answer(const struct work_order *o, struct call *c, struct flush *f, struct reply *r,
		  struct err *err)
{
	if (call_answer(c, f, &operation_resource, o->id, 202, r, err) < 0)
		return -1;
	if (!r->location)
		r->location = arena_printf(c->arena, "/v1/operations/%s", o->id);
	return 0;
}
