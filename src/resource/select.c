/*
 * select.c - which members of a resource an answer shows, and the SELECT list that makes them.
 *
 * A member that the caller may not read is not there, whoever names it. Decimals leave as strings;
 * everything else leaves as PostgreSQL writes its type in JSON. References and children are
 * sub-selects over the other resource's own view under the same rights, two deep at most.
 */
#include "select.h"

#include "body.h"
#include "compose.h"
#include "field.h"
#include "texts.h"

enum { EXPAND_DEPTH = 2, EXPAND_MAX = 20, CHILDREN_MAX = 1000 };

static const struct {
	const char *name;
	unsigned part;
} own_parts[] = {
	{ "version", PART_VERSION },         { "created_at", PART_CREATED },
	{ "updated_at", PART_UPDATED },      { "archived_at", PART_ARCHIVED },
	{ "external_id", PART_EXTERNAL_ID }, { "external_ids", PART_EXTERNAL_IDS },
	{ "custom", PART_CUSTOM },           { NULL, 0 },
};

static bool
readable(const struct call *c, const struct field *f)
{
	return !(f->flags & FF_SECRET) && perm_has(&c->who.perms, f->read);
}

static void
mask_set(struct selection *s, int i)
{
	if (i >= 0 && i < MASK_WORDS * 64)
		s->mask[i / 64] |= UINT64_C(1) << (i % 64);
}

static bool
mask_has(const struct selection *s, int i)
{
	return s->mask[i / 64] >> (i % 64) & 1;
}

static unsigned
parts_of(const struct resource *res)
{
	unsigned parts = PART_VERSION | PART_CREATED | PART_UPDATED | PART_ARCHIVED;

	if (res->external_ids)
		parts |= PART_EXTERNAL_ID | PART_EXTERNAL_IDS;
	if (res->custom)
		parts |= PART_CUSTOM;
	return parts;
}

static struct selection *
selection_new(struct call *c, const struct resource *res)
{
	struct selection *s = arena_alloc(c->arena, sizeof(*s));

	s->res = res;
	return s;
}

static void
select_all(struct call *c, struct selection *s, bool one)
{
	int i = 0;

	s->parts = parts_of(s->res);
	if (!one)
		s->parts &= ~(unsigned)PART_EXTERNAL_IDS;
	for (const struct field *f = s->res->fields; f->name; f++, i++) {
		if (!readable(c, f) || (f->flags & FF_NAMED) ||
		    (!one && (f->flags & FF_NOT_LISTED)))
			continue;
		mask_set(s, i);
		s->computed |= (f->flags & FF_COMPUTED) != 0;
	}
}

static struct expansion *
find_expansion(struct selection *s, struct str name)
{
	for (struct expansion *x = s->expansions; x; x = x->next) {
		if (str_eqz(name, x->name))
			return x;
	}
	return NULL;
}

static struct expansion *
add_expansion(struct call *c, struct selection *s, const char *name, const struct field *ref,
	      const struct child *child, const struct resource *target)
{
	struct expansion *x = arena_alloc(c->arena, sizeof(*x)), **end = &s->expansions;

	while (*end)
		end = &(*end)->next;
	*end = x;
	x->name = name;
	x->ref = ref;
	x->child = child;
	if (target && target->view) {
		x->of = selection_new(c, target);
		select_all(c, x->of, false);
		s->computed |= x->of->computed || ref;
	}
	return x;
}

static void
embed_children(struct call *c, struct selection *s)
{
	for (const struct child *ch = s->res->children; ch && ch->name; ch++) {
		if (!ch->resource || perm_has(&c->who.perms, ch->resource->read))
			add_expansion(c, s, ch->name, NULL, ch, ch->resource);
	}
}

struct selection *
selection_full(struct call *c, const struct resource *res, bool one)
{
	struct selection *s = selection_new(c, res);

	select_all(c, s, one);
	if (one)
		embed_children(c, s);
	return s;
}

struct selection *
selection_for_export(struct call *c, const struct resource *res, bool whole)
{
	struct selection *s = selection_new(c, res);

	select_all(c, s, false);
	s->parts = parts_of(res) & ~(unsigned)PART_EXTERNAL_ID;
	if (whole)
		embed_children(c, s);
	return s;
}

bool
selection_has(const struct selection *s, int i)
{
	return mask_has(s, i);
}

/* ---- fields= ---- */

static bool
select_named(struct call *c, struct selection *s, struct str name)
{
	const struct field *f = field_find(s->res->fields, name);
	const struct child *ch = body_child(s->res, name);

	if (str_eqz(name, "id") || str_eqz(name, "object"))
		return true;
	for (size_t i = 0; own_parts[i].name; i++) {
		if (str_eqz(name, own_parts[i].name) && (own_parts[i].part & parts_of(s->res))) {
			s->parts |= own_parts[i].part;
			return true;
		}
	}
	if (f && readable(c, f)) {
		mask_set(s, field_index(s->res->fields, f));
		s->computed |= (f->flags & FF_COMPUTED) != 0;
		return true;
	}
	if (ch && (!ch->resource || perm_has(&c->who.perms, ch->resource->read))) {
		if (!find_expansion(s, name))
			add_expansion(c, s, ch->name, NULL, ch, ch->resource);
		return true;
	}
	return false;
}

/* ---- expand= ---- */

/* "account" names the reference account_id. */
static const struct field *
ref_by_name(const struct call *c, const struct resource *res, struct str name)
{
	for (const struct field *f = res->fields; f->name; f++) {
		size_t len = strlen(f->name);

		if (f->type == FT_REF && readable(c, f) && len == name.len + 3 &&
		    memcmp(f->name, name.p, name.len) == 0 &&
		    memcmp(f->name + name.len, "_id", 3) == 0)
			return f;
	}
	return NULL;
}

static int
expand_path(struct call *c, struct selection *s, struct str path, const char *pointer,
	    struct err *err)
{
	struct str whole = path, rest;

	for (int depth = 0; path.len || depth == 0; depth++, path = rest) {
		struct str name = str_cut(path, '.', &rest);
		const struct child *ch = body_child(s->res, name);
		const struct field *ref = ref_by_name(c, s->res, name);
		const struct resource *target = ch    ? ch->resource
						: ref ? registry_find(c->app->registry, ref->u.ref)
						      : NULL;
		struct expansion *x = find_expansion(s, name);

		if (depth == EXPAND_DEPTH || !target || !target->view) {
			err_field(err, c->arena, pointer, "unknown",
				  "Cannot be expanded: " STR_FMT ".", STR_ARG(whole));
			return -1;
		}
		if (!perm_has(&c->who.perms, target->read)) {
			err_set(err, ERR_forbidden, "Needs the permission %s.",
				perm_defs[target->read].word);
			return -1;
		}
		if (!x)
			x = add_expansion(c, s, str_dup(c->arena, name), ch ? NULL : ref, ch,
					  target);
		s = x->of;
	}
	return 0;
}

int
selection_make(struct call *c, const struct resource *res, struct str fields, struct str expand,
	       bool one, const char *prefix, struct selection **ret, struct err *err)
{
	struct selection *s = selection_new(c, res);
	const char *fields_at = arena_printf(c->arena, "%sfields", prefix);
	const char *expand_at = arena_printf(c->arena, "%sexpand", prefix);
	int n = 0;

	*ret = s;
	if (fields.len == 0) {
		select_all(c, s, one);
		if (one)
			embed_children(c, s);
	}
	while (fields.len) {
		struct str name = str_cut(fields, ',', &fields);

		if (!select_named(c, s, name))
			err_field(err, c->arena, fields_at, "unknown",
				  "There is no such field: " STR_FMT ".",
				  (int)(name.len > 100 ? 100 : name.len), name.p);
	}
	while (expand.len && n++ < EXPAND_MAX) {
		if (expand_path(c, s, str_cut(expand, ',', &expand), expand_at, err))
			return -1;
	}
	if (expand.len)
		err_field(err, c->arena, expand_at, "too_many", "At most %d names.", EXPAND_MAX);
	return err->code == ERR_none ? 0 : -1;
}

/* ---- SQL ---- */

struct list {
	struct sb *sb;
	int aliases;
};

static void select_list(struct list *l, const struct selection *s, const char *alias);

static void
select_child(struct list *l, const struct expansion *x, const char *parent)
{
	const struct child *ch = x->child;
	char k[16], inner[16];

	if (!x->of) {
		sb_addf(l->sb, ", %s.%s", parent, ch->name);
		return;
	}
	snprintf(k, sizeof(k), "k%d", ++l->aliases);
	snprintf(inner, sizeof(inner), "j%d", l->aliases);
	sb_addf(l->sb,
		", (SELECT coalesce(json_agg(row_to_json(r%s) ORDER BY %s%s%s.id), '[]') FROM "
		"(SELECT * FROM %s %s WHERE %s.%s = %s.id%s%s ORDER BY ",
		k, ch->ordered ? k : "", ch->ordered ? ".position, " : "", k, ch->resource->view,
		inner, inner, ch->parent_column, parent, ch->resource->archives ? " AND " : "",
		ch->resource->archives ? arena_printf(l->sb->arena, "%s.archived_at IS NULL", inner)
				       : "");
	sb_addf(l->sb, "%s%s%s.id LIMIT %d) %s CROSS JOIN LATERAL (SELECT ",
		ch->ordered ? inner : "", ch->ordered ? ".position, " : "", inner, CHILDREN_MAX, k);
	select_list(l, x->of, k);
	sb_addf(l->sb, ") r%s) AS %s", k, x->name);
}

static void
select_ref(struct list *l, const struct expansion *x, const char *parent)
{
	char k[16];

	snprintf(k, sizeof(k), "k%d", ++l->aliases);
	sb_addf(l->sb, ", (SELECT row_to_json(r%s) FROM %s %s CROSS JOIN LATERAL (SELECT ", k,
		x->of->res->view, k);
	select_list(l, x->of, k);
	sb_addf(l->sb, ") r%s WHERE %s.id = %s.%s) AS %s", k, k, parent, x->ref->name, x->name);
}

static void
select_instant(struct list *l, const char *alias, const char *name)
{
	sb_addf(l->sb, ", base.instant(%s.%s) AS %s", alias, name, name);
}

static void
select_list(struct list *l, const struct selection *s, const char *alias)
{
	const struct resource *res = s->res;
	int i = 0;

	sb_addf(l->sb, "'%s' AS object, %s.id", res->name, alias);
	if (s->parts & PART_VERSION)
		sb_addf(l->sb, ", %s.version", alias);
	if (s->parts & PART_CREATED)
		select_instant(l, alias, "created_at");
	if (s->parts & PART_UPDATED)
		select_instant(l, alias, "updated_at");
	if (s->parts & PART_ARCHIVED) {
		if (res->archives)
			select_instant(l, alias, "archived_at");
		else
			sb_addz(l->sb, ", NULL::text AS archived_at");
	}
	if (s->fresh && s->parts & PART_EXTERNAL_ID)
		sb_addz(l->sb, ", NULL::text AS external_id");
	else if (s->parts & PART_EXTERNAL_ID)
		sb_addf(l->sb,
			", (SELECT x.external_id FROM meta.external_id x WHERE x.object_id = %s.id "
			"AND x.resource = '%s' AND x.system = 'default' LIMIT 1) AS external_id",
			alias, res->name);
	for (const struct field *f = res->fields; f->name; f++, i++) {
		if (!mask_has(s, i))
			continue;
		if (f->type == FT_DECIMAL)
			sb_addf(l->sb, ", trim_scale(%s.%s)::text AS %s", alias, f->name, f->name);
		else if (f->type == FT_TIME)
			select_instant(l, alias, f->name);
		else
			sb_addf(l->sb, ", %s.%s", alias, f->name);
	}
	if (s->parts & PART_CUSTOM)
		sb_addf(l->sb, ", %s.custom", alias);
	if (s->fresh && s->parts & PART_EXTERNAL_IDS)
		sb_addz(l->sb, ", '[]'::json AS external_ids");
	else if (s->parts & PART_EXTERNAL_IDS)
		sb_addf(l->sb,
			", (SELECT coalesce(json_agg(json_build_object('system', x.system, 'id', "
			"x.external_id) ORDER BY x.system), '[]') FROM meta.external_id x WHERE "
			"x.object_id = %s.id AND x.resource = '%s') AS external_ids",
			alias, res->name);
	for (const struct expansion *x = s->expansions; x; x = x->next) {
		if (x->child)
			select_child(l, x, alias);
		else
			select_ref(l, x, alias);
	}
}

static void
key_add(struct sb *key, const struct selection *s)
{
	sb_addf(key, "(%s%s %x %llx %llx %llx", s->fresh ? "+" : "", s->res->name, s->parts,
		(unsigned long long)s->mask[0], (unsigned long long)s->mask[1],
		(unsigned long long)s->mask[2]);
	for (const struct expansion *x = s->expansions; x; x = x->next) {
		sb_addf(key, " %s", x->name);
		if (x->of)
			key_add(key, x->of);
	}
	sb_addc(key, ')');
}

const char *
selection_sql(struct call *c, const struct selection *s)
{
	struct sb key, sb;
	struct list l = { &sb, 0 };
	const char *text;

	sb_init(&key, c->arena, SQL_MAX);
	key_add(&key, s);
	text = texts_get(c->app->texts, sb_str(&key));
	if (text)
		return text;
	sb_init(&sb, c->arena, SQL_MAX);
	select_list(&l, s, "v");
	return texts_put(c->app->texts, sb_str(&key), sb_z(&sb));
}
