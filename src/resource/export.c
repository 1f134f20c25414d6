/*
 * export.c - the door of exports: POST /v1/exports.
 */
#include "export.h"

#include "call.h"
#include "field.h"
#include "page.h"

static const char *const format_words[] = { "csv", "jsonl", NULL };
static const char *const archived_words[] = { "with", "only", "without", NULL };

/* clang-format off */
const struct field export_in[] = {
	{ .name = "resource", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 63 }, .doc = "What is written: `account`, `invoice`." },
	{ .name = "format", .type = FT_ENUM, .u.words = format_words, .doc = "`csv` where not given; `jsonl`: a JSON object a line." },
	{ .name = "where", .type = FT_JSON, .doc = "A filter; all rows where not given." },
	{ .name = "fields", .type = FT_TEXTS, .u.len = { 1, 63 },
	  .doc = "Members; where not given, those of a list, with the ids of other systems and, as JSON, the children." },
	{ .name = "archived", .type = FT_ENUM, .u.words = archived_words, .doc = "Whether archived ones are written; `without` where not given." },
	{ 0 }
};
/* clang-format on */

static bool
is_listed(const struct resource *res)
{
	return res->ops & OP_LIST;
}

/* Members by commas, as a selection takes them. */
static struct str
names_of(struct call *c, struct json_object *spec)
{
	struct json_object *list = jval_get(spec, "fields");
	struct sb sb;

	sb_init(&sb, c->arena, JSON_TEXT_MAX);
	for (size_t i = 0; list && i < json_object_array_length(list); i++)
		sb_addf(&sb, "%s%s", i ? "," : "",
			json_object_get_string(json_object_array_get_idx(list, i)));
	return sb_str(&sb);
}

int
export_plan_read(struct call *c, const struct resource *res, struct json_object *spec,
		 struct export_plan *ret, struct err *err)
{
	struct str names = names_of(c, spec), none = { 0 }, archived;
	struct page *p = &ret->page;

	*ret = (struct export_plan){ .page = { .res = res, .seen_by = c },
				     .jsonl = str_eqz(jval_str_of(spec, "format"), "jsonl") };
	if (jval_str(spec, "archived", &archived))
		archived_parse(archived, &p->archived);
	filter_from_json(c, res, jval_get(spec, "where"), "/where", &p->filter, err);
	if (names.len)
		selection_make(c, res, names, none, true, "/", &p->selection, err);
	else
		p->selection = selection_for_export(c, res, ret->jsonl);
	return err->code == ERR_none ? 0 : -1;
}

/* What somebody needs to have the file: every right to read what is in it. */
static void
gather_needs(const struct selection *s, struct perm_set *ret)
{
	int i = 0;

	perm_add(ret, s->res->read);
	for (const struct field *f = s->res->fields; f->name; f++, i++) {
		if (selection_has(s, i))
			perm_add(ret, f->read);
	}
	for (const struct expansion *x = s->expansions; x; x = x->next) {
		if (x->of)
			gather_needs(x->of, ret);
		else if (x->child && x->child->resource)
			perm_add(ret, x->child->resource->read);
	}
}

int
export_start(struct call *c, struct json_object *spec, struct reply *r, struct err *err)
{
	const struct resource *res;
	struct export_plan plan;
	struct work_order o;
	struct flush *f;

	if (work_spec(c, spec, export_in, err) < 0)
		return -1;
	res = work_resource(c, spec, is_listed, err);
	if (!res || call_may(c, res->read, err) < 0 ||
	    export_plan_read(c, res, spec, &plan, err) < 0)
		return -1;
	work_order_init(&o, c, "export", res);
	jw_kraw(&o.params, "spec", jval_text(c->arena, spec));
	gather_needs(plan.page.selection, &o.needs);
	f = call_begin(c);
	work_order_add(&o, c, f);
	return work_order_answer(&o, c, f, r, err);
}

int
export_post(struct call *c, struct reply *r, struct err *err)
{
	return export_start(c, c->body, r, err);
}
