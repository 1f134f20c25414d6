/*
 * filter.c - a filter's two written forms, parsed and checked against the tables.
 *
 * What passes here is sound SQL by construction: the field is one of the table's, the operator one
 * that its type admits and an index serves, each value has the type's own syntax. Ordering
 * operators are for what orders by a leakproof operator; text is found by equality, by prefix, and
 * by `like` where the resource is searched. Custom fields cost one more flush, for their
 * definitions.
 */
#include "filter.h"

#include "field.h"

const char *const filter_op_words[FO_COUNT + 1] = {
	"eq", "ne", "lt", "lte", "gt", "gte", "in", "nin", "is_null", "prefix", "like", NULL
};

enum {
	OPS_EQUAL = 1 << FO_EQ | 1 << FO_NE | 1 << FO_IN | 1 << FO_NIN,
	OPS_ORDER = 1 << FO_LT | 1 << FO_LTE | 1 << FO_GT | 1 << FO_GTE,
	OPS_NULL = 1 << FO_IS_NULL,
	OPS_PREFIX = 1 << FO_PREFIX,
	OPS_LIKE = 1 << FO_LIKE
};

static const struct field own_id = { .name = "id", .type = FT_UUID, .flags = FF_FILTER | FF_SORT };
static const struct field own_created = { .name = "created_at",
					  .type = FT_TIME,
					  .flags = FF_FILTER | FF_SORT };
static const struct field own_external_id = {
	.name = "external_id", .type = FT_TEXT, .flags = FF_FILTER, .u.len = { 1, 200 }
};

const struct field *
filter_own_field(const struct resource *res, struct str name)
{
	if (str_eqz(name, "id"))
		return &own_id;
	/* Another order means another index, and then none on created_at. */
	if (str_eqz(name, "created_at") && res->default_sort &&
	    strstr(res->default_sort, "created_at"))
		return &own_created;
	return NULL;
}

static unsigned
ops_of_type(const struct field *f)
{
	switch (f->type) {
	case FT_INT:
	case FT_MONEY:
	case FT_DECIMAL:
	case FT_DATE:
	case FT_TIME:
		return OPS_EQUAL | OPS_ORDER | OPS_NULL;
	case FT_BOOL:
		return 1 << FO_EQ | 1 << FO_NE | OPS_NULL;
	case FT_UUID:
	case FT_REF:
	case FT_ENUM:
		return OPS_EQUAL | OPS_NULL;
	default:
		return field_is_textual(f->type) ? OPS_EQUAL | OPS_PREFIX | OPS_NULL : 0;
	}
}

unsigned
filter_ops(const struct field *f)
{
	unsigned ops = f->flags & FF_FILTER ? ops_of_type(f) : 0;

	if ((f->flags & FF_SEARCH) && field_is_textual(f->type))
		ops |= OPS_LIKE;
	return ops;
}

/* ---- targets ---- */

struct parse {
	struct call *c;
	const struct resource *res;
	struct err *err;
	int leaves, values;
	bool custom_loaded;
	struct custom_def *custom;
	size_t n_custom;
};

static bool
refuse(struct parse *p, const char *pointer, const char *code, const char *detail)
{
	err_field(p->err, p->c->arena, pointer, code, "%s", detail);
	return false;
}

static bool
find_custom(struct parse *p, struct str key, const char *pointer, struct target *ret)
{
	struct err scrap = { 0 };
	struct field *f;

	if (!p->custom_loaded && custom_load(p->c, p->res, &p->custom, &p->n_custom, &scrap)) {
		*p->err = scrap;
		return false;
	}
	p->custom_loaded = true;
	ret->kind = TARGET_CUSTOM;
	ret->custom = custom_find(p->custom, p->n_custom, key);
	if (!ret->custom || !ret->custom->filterable)
		return refuse(p, pointer, "unknown", "There is no such filterable custom field.");
	f = arena_alloc(p->c->arena, sizeof(*f));
	*f = custom_field_of(ret->custom);
	f->flags |= FF_FILTER;
	ret->field = f;
	return true;
}

static bool
find_hop(struct parse *p, struct str name, struct target *ret)
{
	const char *const *h = p->res->hops;
	struct str far, near = str_cut(name, '.', &far);

	while (h && *h && !str_eqz(name, *h))
		h++;
	if (!h || !*h)
		return false;
	for (const struct field *f = p->res->fields; f->name; f++) {
		if (f->type != FT_REF || strlen(f->name) != near.len + 3 ||
		    memcmp(f->name, near.p, near.len) != 0 || !perm_has(&p->c->who.perms, f->read))
			continue;
		ret->kind = TARGET_HOP;
		ret->ref = f;
		ret->hop_res = registry_find(p->c->app->registry, f->u.ref);
		if (!ret->hop_res || !perm_has(&p->c->who.perms, ret->hop_res->read))
			return false;
		ret->field = field_find(ret->hop_res->fields, far);
		return ret->field && perm_has(&p->c->who.perms, ret->field->read);
	}
	return false;
}

static bool
find_target(struct parse *p, struct str name, const char *pointer, struct target *ret)
{
	*ret = (struct target){ .kind = TARGET_FIELD, .res = p->res };
	if (p->res->custom && str_starts(name, STR("custom.")))
		return find_custom(p, (struct str){ name.p + 7, name.len - 7 }, pointer, ret);
	if (p->res->external_ids && str_eqz(name, "external_id")) {
		ret->kind = TARGET_EXTERNAL_ID;
		ret->field = &own_external_id;
		return true;
	}
	if (find_hop(p, name, ret))
		return true;
	ret->kind = TARGET_FIELD;
	ret->field = field_find(p->res->fields, name);
	if (!ret->field)
		ret->field = filter_own_field(p->res, name);
	if (!ret->field || !perm_has(&p->c->who.perms, ret->field->read) ||
	    filter_ops(ret->field) == 0)
		return refuse(p, pointer, "unknown", "There is no such filter.");
	return true;
}

static unsigned
target_ops(const struct target *t)
{
	unsigned ops = filter_ops(t->field);

	if (t->kind == TARGET_EXTERNAL_ID)
		return 1 << FO_EQ | 1 << FO_IN | OPS_NULL;
	/* search knows the objects of the resource at hand. */
	return t->kind == TARGET_FIELD ? ops : ops & ~(unsigned)OPS_LIKE;
}

static bool
find_op(struct str word, enum filter_op *ret)
{
	for (int i = 0; i < FO_COUNT; i++) {
		if (str_eqz(word, filter_op_words[i])) {
			*ret = (enum filter_op)i;
			return true;
		}
	}
	return false;
}

/* ---- values ---- */

static const char *
value_text(struct parse *p, const struct target *t, struct str s)
{
	if (t->kind == TARGET_CUSTOM)
		return custom_index_value(p->c->arena, t->custom, s);
	return field_from_text(p->c->arena, t->field, s);
}

static bool
add_value(struct parse *p, struct filter *f, struct str s, const char *pointer)
{
	const char *text;

	if (++p->values > FILTER_VALUES)
		return refuse(p, pointer, "too_many", "At most 100 values in a filter.");
	if (s.len > FILTER_TEXT || (f->op == FO_LIKE && s.len > 200))
		return refuse(p, pointer, "too_long", "The value is too long.");
	/* What is looked for inside a text may be part of a word; a prefix of an enum's may not. */
	text = value_text(p, &f->target, s);
	if (!text || memchr(s.p, '\0', s.len))
		return refuse(p, pointer, f->target.field->type == FT_ENUM ? "choice" : "type",
			      f->target.field->type == FT_ENUM ? "Not one of its words."
							       : "Not a value of its type.");
	if ((f->op == FO_LIKE || f->op == FO_PREFIX) && s.len == 0)
		return refuse(p, pointer, "required", "Must not be empty.");
	*vec_push(p->c->arena, &f->values) = text;
	return true;
}

/* A JSON value of the field's own JSON type, as text. */
static bool
json_text(struct parse *p, const struct field *f, struct json_object *v, struct str *ret)
{
	enum json_type want = f->type == FT_INT || f->type == FT_MONEY ? json_type_int
			      : f->type == FT_BOOL                     ? json_type_boolean
								       : json_type_string;

	if (!json_object_is_type(v, want))
		return false;
	if (want == json_type_string)
		*ret = (struct str){ json_object_get_string(v),
				     (size_t)json_object_get_string_len(v) };
	else
		*ret = jval_text(p->c->arena, v);
	return true;
}

static bool
add_json_value(struct parse *p, struct filter *f, struct json_object *v, const char *pointer)
{
	struct str s;

	if (!json_text(p, f->target.field, v, &s))
		return refuse(p, pointer, "type", "Not a value of its type.");
	return add_value(p, f, s, pointer);
}

/* Splits at commas; \, is a comma and \\ a backslash. */
static bool
add_split_values(struct parse *p, struct filter *f, struct str s, const char *pointer)
{
	struct sb sb;

	sb_init(&sb, p->c->arena, FILTER_TEXT + 2);
	for (size_t i = 0; i <= s.len; i++) {
		if (i == s.len || s.p[i] == ',') {
			if (!add_value(p, f, sb_str(&sb), pointer))
				return false;
			sb_init(&sb, p->c->arena, FILTER_TEXT + 2);
		} else if (s.p[i] == '\\' && i + 1 < s.len &&
			   (s.p[i + 1] == ',' || s.p[i + 1] == '\\')) {
			sb_addc(&sb, s.p[++i]);
		} else {
			sb_addc(&sb, s.p[i]);
		}
	}
	return true;
}

/* ---- leaves ---- */

static struct filter *
leaf_new(struct parse *p, struct str field, struct str op, const char *field_at, const char *op_at)
{
	struct filter *f = arena_alloc(p->c->arena, sizeof(*f));

	f->kind = FK_LEAF;
	if (++p->leaves > FILTER_LEAVES) {
		refuse(p, field_at, "too_many", "At most 50 conditions.");
		return NULL;
	}
	if (!find_target(p, field, field_at, &f->target))
		return NULL;
	if (!find_op(op, &f->op) || !(target_ops(&f->target) >> f->op & 1)) {
		refuse(p, op_at, "choice", "The field has no such operator.");
		return NULL;
	}
	return f;
}

static struct filter *
leaf_from_json(struct parse *p, struct json_object *o, const char *pointer)
{
	struct arena *a = p->c->arena;
	struct json_object *value = jval_get(o, "value");
	const char *value_at = pointer_add(a, pointer, "value");
	struct str field, op;
	struct filter *f;

	json_object_object_foreach(o, key, member)
	{
		(void)member;
		if (strcmp(key, "field") != 0 && strcmp(key, "op") != 0 &&
		    strcmp(key, "value") != 0) {
			refuse(p, pointer_add(a, pointer, key), "unknown",
			       "There is no such member.");
			return NULL;
		}
	}
	if (!jval_str(o, "field", &field)) {
		refuse(p, pointer_add(a, pointer, "field"), "required", "Names a field.");
		return NULL;
	}
	if (!jval_str(o, "op", &op)) {
		refuse(p, pointer_add(a, pointer, "op"), "required", "Names an operator.");
		return NULL;
	}
	f = leaf_new(p, field, op, pointer_add(a, pointer, "field"), pointer_add(a, pointer, "op"));
	if (!f)
		return NULL;
	if (f->op == FO_IS_NULL) {
		if (!json_object_is_type(value, json_type_boolean)) {
			refuse(p, value_at, "type", "Must be true or false.");
			return NULL;
		}
		f->truth = json_object_get_boolean(value);
		return f;
	}
	if (f->op != FO_IN && f->op != FO_NIN)
		return add_json_value(p, f, value, value_at) ? f : NULL;
	if (!json_object_is_type(value, json_type_array)) {
		refuse(p, value_at, "type", "Must be an array.");
		return NULL;
	}
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		if (!add_json_value(p, f, json_object_array_get_idx(value, i),
				    pointer_index(a, value_at, i)))
			return NULL;
	}
	return f;
}

static struct filter *
leaf_from_pair(struct parse *p, const struct pair *pair)
{
	const char *pointer =
	    arena_printf(p->c->arena, "?" STR_FMT,
			 (int)(pair->name.len > 100 ? 100 : pair->name.len), pair->name.p);
	struct str op, name = str_cut(pair->name, '[', &op);
	struct filter *f;

	if (name.len == pair->name.len) {
		op = STR("eq");
	} else if (op.len && op.p[op.len - 1] == ']') {
		op.len--;
	} else {
		refuse(p, pointer, "unknown", "There is no such parameter.");
		return NULL;
	}
	f = leaf_new(p, name, op, pointer, pointer);
	if (!f)
		return NULL;
	if (f->op == FO_IS_NULL) {
		f->truth = str_eqz(pair->value, "true");
		if (!f->truth && !str_eqz(pair->value, "false")) {
			refuse(p, pointer, "type", "Must be true or false.");
			return NULL;
		}
		return f;
	}
	if (f->op == FO_IN || f->op == FO_NIN)
		return add_split_values(p, f, pair->value, pointer) ? f : NULL;
	return add_value(p, f, pair->value, pointer) ? f : NULL;
}

/* ---- trees ---- */

static struct filter *
node_from_json(struct parse *p, struct json_object *o, const char *pointer, int depth)
{
	static const struct {
		const char *word;
		enum filter_kind kind;
	} branches[] = { { "and", FK_AND }, { "or", FK_OR }, { "not", FK_NOT } };
	struct arena *a = p->c->arena;

	if (!json_object_is_type(o, json_type_object)) {
		refuse(p, pointer, "type", "Must be an object.");
		return NULL;
	}
	for (size_t i = 0; i < 3; i++) {
		struct json_object *kids = jval_get(o, branches[i].word);
		const char *at = pointer_add(a, pointer, branches[i].word);
		struct filter *f;

		if (!jval_has(o, branches[i].word))
			continue;
		if (depth >= FILTER_DEPTH || json_object_object_length(o) != 1) {
			refuse(p, pointer, depth >= FILTER_DEPTH ? "too_deep" : "unknown",
			       depth >= FILTER_DEPTH ? "At most 5 deep." : "One of and, or, not.");
			return NULL;
		}
		f = arena_alloc(a, sizeof(*f));
		f->kind = branches[i].kind;
		if (f->kind == FK_NOT) {
			*vec_push(a, &f->kids) = node_from_json(p, kids, at, depth + 1);
			return f;
		}
		if (!json_object_is_type(kids, json_type_array) ||
		    json_object_array_length(kids) == 0) {
			refuse(p, at, "type", "Must be an array of conditions.");
			return NULL;
		}
		for (size_t k = 0; k < json_object_array_length(kids); k++) {
			if (p->leaves > FILTER_LEAVES)
				return NULL;
			*vec_push(a, &f->kids) =
			    node_from_json(p, json_object_array_get_idx(kids, k),
					   pointer_index(a, at, k), depth + 1);
		}
		return f;
	}
	return leaf_from_json(p, o, pointer);
}

int
filter_from_json(struct call *c, const struct resource *res, struct json_object *where,
		 const char *pointer, struct filter **ret, struct err *err)
{
	struct parse p = { .c = c, .res = res, .err = err };

	*ret = NULL;
	if (where && json_object_is_type(where, json_type_object) &&
	    json_object_object_length(where) == 0)
		return 0;
	if (where)
		*ret = node_from_json(&p, where, pointer, 1);
	return err->code == ERR_none ? 0 : -1;
}

int
filter_from_query(struct call *c, const struct resource *res, const char *const *reserved,
		  struct filter **ret, struct err *err)
{
	struct parse p = { .c = c, .res = res, .err = err };
	struct filter *all = arena_alloc(c->arena, sizeof(*all));

	for (size_t i = 0; i < c->query.n; i++) {
		const struct pair *pair = &c->query.v[i];
		const char *const *r = reserved;
		struct filter *leaf;

		for (size_t k = 0; k < i; k++) {
			if (str_eq(pair->name, c->query.v[k].name))
				err_field(err, c->arena,
					  arena_printf(c->arena, "?" STR_FMT,
						       (int)(pair->name.len > 100 ? 100
										  : pair->name.len),
						       pair->name.p),
					  "duplicate", "Sent twice.");
		}
		while (*r && !str_eqz(pair->name, *r))
			r++;
		if (*r)
			continue;
		leaf = leaf_from_pair(&p, pair);
		if (leaf)
			*vec_push(c->arena, &all->kids) = leaf;
	}
	*ret = all->kids.n ? all : NULL;
	return err->code == ERR_none ? 0 : -1;
}
