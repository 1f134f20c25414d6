/*
 * call_read.c - what a call says of itself: its query, the id in its path, what it depends on.
 */
#include "call.h"
#include "compose.h"

/* ---- query and body ---- */

bool
call_query(const struct call *c, const char *name, struct str *ret)
{
	for (size_t i = 0; i < c->query.n; i++) {
		if (str_eqz(c->query.v[i].name, name)) {
			*ret = c->query.v[i].value;
			return true;
		}
	}
	return false;
}

const char *
call_query_text(const struct call *c, const char *name)
{
	struct str value;

	return call_query(c, name, &value) ? str_dup(c->arena, value) : NULL;
}

const char *
call_body_text(const struct call *c, const char *name)
{
	return jval_strz(c->arena, c->body, name);
}

int
call_known_query(struct call *c, const char *const *known, struct err *err)
{
	for (size_t i = 0; i < c->query.n; i++) {
		struct str name = c->query.v[i].name;
		const char *pointer = arena_printf(c->arena, "?" STR_FMT,
						   (int)(name.len > 100 ? 100 : name.len), name.p);
		const char *const *k = known;

		while (*k && !str_eqz(name, *k))
			k++;
		if (!*k)
			err_field(err, c->arena, pointer, "unknown", "There is no such parameter.");
		for (size_t j = 0; j < i; j++) {
			if (str_eq(c->query.v[j].name, name))
				err_field(err, c->arena, pointer, "duplicate", "Sent twice.");
		}
	}
	return err->code == ERR_none ? 0 : -1;
}

/* ---- rights ---- */

int
call_op(const struct resource *res, unsigned op, struct err *err)
{
	if (res->ops & op)
		return 0;
	return err_set(err, ERR_method_not_allowed, "A %s does not offer this.", res->name);
}

int
call_may(const struct call *c, enum perm perm, struct err *err)
{
	if (perm_has(&c->who.perms, perm))
		return 0;
	return err_set(err, ERR_forbidden, "Needs the permission %s.", perm_defs[perm].word);
}

int
call_not_found(const struct resource *res, struct err *err)
{
	return err_set(err, ERR_not_found, "No such %s.", res->name);
}

/* ---- ids ---- */

static int
id_by_external(struct call *c, const struct resource *res, struct str rest, const char **ret,
	       struct err *err)
{
	struct str id, name = str_cut(rest, ':', &id);
	const char *params[3] = { res->name, str_dup(c->arena, name), str_dup(c->arena, id) };
	struct flush *f;
	int stmt;

	if (!res->external_ids || name.len == 0 || id.len == 0)
		return call_not_found(res, err);
	f = flush_new(c->app->db, c->arena);
	enter_add_read(f, &c->who);
	stmt = flush_add(f,
			 "SELECT object_id FROM meta.external_id WHERE resource = $1 AND "
			 "system = $2 AND external_id = $3",
			 3, params);
	flush_commit(f);
	if (flush_run(f, err))
		return -1;
	if (flush_rows(f, stmt) == 0)
		return call_not_found(res, err);
	*ret = flush_value(f, stmt, 0, 0);
	return 0;
}

int
call_id(struct call *c, const struct resource *res, const char **ret, struct err *err)
{
	struct str p = c->param[0];
	struct uuid id;

	if (str_starts(p, STR("external:"))) {
		if (id_by_external(c, res, (struct str){ p.p + 9, p.len - 9 }, ret, err) < 0)
			return -1;
	} else if (uuid_parse(p, &id)) {
		*ret = arena_strdup(c->arena, id.z);
	} else {
		return call_not_found(res, err);
	}
	c->about = *ret;
	return 0;
}

/* ---- preconditions ---- */

/* The next entity tag of a list; false at its end or where it is malformed (*ok). */
static bool
next_tag(struct str *list, bool *ret_weak, struct str *ret, bool *ok)
{
	size_t i = 0, start;

	while (i < list->len && (list->p[i] == ' ' || list->p[i] == '\t' || list->p[i] == ','))
		i++;
	if (i == list->len)
		return false;
	*ret_weak = list->len - i > 2 && list->p[i] == 'W' && list->p[i + 1] == '/';
	if (*ret_weak)
		i += 2;
	*ok = list->p[i] == '"';
	if (!*ok)
		return false;
	start = ++i;
	while (i < list->len && list->p[i] != '"')
		i++;
	*ok = i < list->len;
	if (!*ok)
		return false;
	*ret = (struct str){ list->p + start, i - start };
	*list = str_trim((struct str){ list->p + i + 1, list->len - i - 1 });
	*ok = list->len == 0 || list->p[0] == ',';
	return *ok;
}

int
call_versions(struct call *c, bool *ret_sent, const char **ret, struct err *err)
{
	struct str list = str_trim(c->if_match), tag;
	struct pg_array *versions;
	bool weak, ok = true;
	int64_t version;

	*ret_sent = list.len > 0;
	*ret = NULL;
	if (!*ret_sent || str_eqz(list, "*"))
		return 0;
	versions = pg_array_new(c->arena);
	while (next_tag(&list, &weak, &tag, &ok)) {
		/* A tag is compared by its bytes: "07" is not "7". */
		if (!weak && str_to_int(tag, 1, INT64_MAX, &version) && tag.p[0] != '0')
			pg_array_add_int(versions, version);
	}
	if (!ok)
		return err_set(err, ERR_bad_header, "If-Match must be \"version\", a list, or *.");
	*ret = pg_array_text(versions);
	return 0;
}

bool
call_none_match(const struct call *c, const char *etag)
{
	struct str list = str_trim(c->if_none_match), tag;
	bool weak, ok = true;

	if (list.len == 0)
		return false;
	if (str_eqz(list, "*"))
		return true;
	while (next_tag(&list, &weak, &tag, &ok)) {
		if (tag.len + 2 == strlen(etag) && memcmp(tag.p, etag + 1, tag.len) == 0)
			return true;
	}
	return false;
}

int
call_if_match(struct call *c, struct flush *f, const struct resource *res, const char *id,
	      struct err *err)
{
	const char *versions;
	bool sent;

	if (call_versions(c, &sent, &versions, err))
		return -1;
	if (sent)
		compose_expect(f, c->arena, res, id, versions, false, NULL);
	return 0;
}
