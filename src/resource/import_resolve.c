/*
 * import_resolve.c - what rows refer to and what they are about, for many rows in one flush.
 *
 * Each reference column and the match are one statement over the rows' texts; an index serves each.
 * Objects are looked for with the rights of whoever asked.
 */
#include "import_rows.h"

#include "compose.h"
#include "field.h"
#include "filter.h"
#include "select.h"

static const char *
cell_text(struct arena *a, struct str s)
{
	return s.len ? str_dup(a, s) : NULL;
}

/* ---- references ---- */

static const char *
ref_texts(struct call *c, const struct map_column *col, const struct import_row *rows, size_t n)
{
	struct pg_array *texts = pg_array_new(c->arena);

	for (size_t i = 0; i < n; i++)
		pg_array_add(texts, work_live(rows[i].item)
					? cell_text(c->arena, column_map_cell(col, rows[i].record))
					: NULL);
	return pg_array_text(texts);
}

/* "v.email_norm = lower(u.t)" or its like. */
static void
add_lookup(struct sb *sb, const struct field *f)
{
	if (f->norm)
		sb_addf(sb, "v.%s = lower(u.t)", f->norm);
	else
		sb_addf(sb, "v.%s%s = u.t", f->name, filter_collate(f));
}

static int
add_ref(struct call *c, struct flush *f, const struct map_column *col,
	const struct import_row *rows, size_t n)
{
	const char *texts = ref_texts(c, col, rows, n);
	const struct resource *res = col->ref.res;
	struct sb sb;

	if (col->ref.of_system)
		return flush_addv(
		    f,
		    "SELECT u.n, x.object_id FROM unnest($1::text[]) WITH ORDINALITY u(t, n) JOIN "
		    "meta.external_id x ON x.resource = $2 AND x.system = $3 AND x.external_id = "
		    "u.t",
		    texts, res->name, col->ref.of_system, FLUSH_END);
	sb_init(&sb, c->arena, SQL_MAX);
	sb_addf(&sb,
		"SELECT u.n, v.id FROM unnest($1::text[]) WITH ORDINALITY u(t, n) JOIN %s v ON ",
		res->view);
	add_lookup(&sb, col->ref.field);
	if (res->archives)
		sb_addz(&sb, " AND v.archived_at IS NULL");
	return flush_addv(f, sb_z(&sb), texts, FLUSH_END);
}

static void
take_refs(const struct flush *f, int stmt, size_t col, struct import_row *rows, size_t n,
	  const char **ambiguous)
{
	for (int i = 0; i < flush_rows(f, stmt); i++) {
		size_t k = (size_t)flush_int(f, stmt, i, 0) - 1;

		if (k >= n)
			continue;
		if (rows[k].ids[col])
			ambiguous[k] = rows[k].ids[col];
		rows[k].ids[col] = flush_value(f, stmt, i, 1);
	}
}

static const char *
ref_words(struct arena *a, const struct map_column *col, struct str text)
{
	if (text.len > 100)
		text.len = 100;
	if (col->ref.of_system)
		return arena_printf(a, "No %s with the id " STR_FMT " of %s.", col->ref.res->name,
				    STR_ARG(text), col->ref.of_system);
	return arena_printf(a, "No %s with this %s: " STR_FMT ".", col->ref.res->name,
			    col->ref.field->name, STR_ARG(text));
}

bool
import_own_keys(const struct import_plan *plan, const struct map_column *col, size_t *ret_cell)
{
	const struct import_match *m = &plan->match;

	if (!col->has_ref || col->ref.res != plan->res)
		return false;
	if (col->ref.of_system) {
		*ret_cell = m->cell;
		return m->given && m->of_system && strcmp(m->of_system, col->ref.of_system) == 0;
	}
	for (size_t i = 0; i < plan->map.columns.n; i++) {
		const struct map_target *t = &plan->map.columns.v[i].target;

		*ret_cell = plan->map.columns.v[i].cell;
		if (t->kind == MAP_FIELD && !t->child && t->field == col->ref.field)
			return true;
	}
	return false;
}

static int
compare_keys(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

static bool
is_in_file(struct call *c, const struct import_plan *plan, size_t k, struct str text)
{
	const struct import_keys *keys = plan->keys ? plan->keys[k] : NULL;
	const char *z = str_dup(c->arena, text);

	return keys && bsearch(&z, keys->v, keys->n, sizeof(*keys->v), compare_keys);
}

/*
 * A row whose reference names nobody, or more than one, is refused. One that names another row of
 * the file waits for that row; in a trial, where none comes to be, it goes without.
 */
static void
judge_refs(struct call *c, const struct import_plan *plan, size_t k, struct import_row *rows,
	   size_t n, const char *const *ambiguous)
{
	const struct map_column *col = &plan->map.columns.v[k];

	for (size_t i = 0; i < n; i++) {
		struct str text = column_map_cell(col, rows[i].record);
		struct work_item *item = rows[i].item;
		bool waits;

		if (item->quiet || text.len == 0)
			continue;
		if (ambiguous[i])
			err_field(&item->err, c->arena, col->target.pointer, "ambiguous",
				  "More than one %s has this %s.", col->ref.res->name,
				  col->ref.field ? col->ref.field->name : "id");
		if (ambiguous[i] || rows[i].ids[k])
			continue;
		waits = is_in_file(c, plan, k, text);
		if (waits && plan->dry_run)
			continue;
		if (waits)
			item->outcome = "pending";
		err_field(&item->err, c->arena, col->target.pointer, "not_found", "%s",
			  ref_words(c->arena, col, text));
	}
}

/* ---- the objects that rows are about ---- */

static void
add_name(struct sb *sb, const char *name)
{
	struct str list = sb_str(sb), part;

	while (list.len) {
		part = str_cut(list, ',', &list);
		if (str_eqz(part, name))
			return;
	}
	sb_addf(sb, "%s%s", sb->len ? "," : "", name);
}

/* Members that the map goes into, as far as the caller may see them. */
static void
add_target(struct call *c, struct sb *sb, const struct map_target *t)
{
	if (t->child)
		add_name(sb, t->child->name);
	else if (t->kind == MAP_CUSTOM)
		add_name(sb, "custom");
	else if (t->kind == MAP_EXTERNAL_ID)
		add_name(sb, "external_ids");
	else if (!(t->field->flags & FF_SECRET) && perm_has(&c->who.perms, t->field->read))
		add_name(sb, t->field->name);
}

static int
add_match(struct call *c, struct flush *f, const struct import_plan *plan,
	  const struct import_row *rows, size_t n, int *ret, struct err *err)
{
	const struct import_match *m = &plan->match;
	const struct resource *res = plan->res;
	struct pg_array *keys = pg_array_new(c->arena);
	struct selection *selection;
	struct sb names, sb;

	sb_init(&names, c->arena, SQL_MAX);
	for (size_t i = 0; i < plan->map.columns.n; i++)
		add_target(c, &names, &plan->map.columns.v[i].target);
	for (size_t i = 0; i < plan->map.constants.n; i++)
		add_target(c, &names, &plan->map.constants.v[i].target);
	if (names.len == 0)
		sb_addz(&names, "id");
	if (selection_make(c, res, sb_str(&names), (struct str){ 0 }, true, "/", &selection, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		pg_array_add(keys, rows[i].item->quiet ? NULL : rows[i].key);
	sb_init(&sb, c->arena, SQL_MAX);
	sb_addz(&sb, "SELECT u.n, v.id, row_to_json(r)::text FROM ");
	if (m->by_id)
		sb_addf(&sb, "unnest($1::uuid[]) WITH ORDINALITY u(t, n) JOIN %s v ON v.id = u.t",
			res->view);
	else
		sb_addz(&sb, "unnest($1::text[]) WITH ORDINALITY u(t, n) JOIN ");
	if (m->of_system) {
		sb_addf(&sb,
			"meta.external_id x ON x.resource = $2 AND x.system = $3 AND "
			"x.external_id = u.t JOIN %s v ON v.id = x.object_id",
			res->view);
	} else if (m->field) {
		sb_addf(&sb, "%s v ON ", res->view);
		add_lookup(&sb, m->field);
		if (res->archives)
			sb_addz(&sb, " AND v.archived_at IS NULL");
	}
	sb_addf(&sb, " CROSS JOIN LATERAL (SELECT %s) r", selection_sql(c, selection));
	*ret = m->of_system ? flush_addv(f, sb_z(&sb), pg_array_text(keys), res->name, m->of_system,
					 FLUSH_END)
			    : flush_addv(f, sb_z(&sb), pg_array_text(keys), FLUSH_END);
	return 0;
}

static int
take_matches(struct call *c, const struct flush *f, int stmt, struct import_row *rows, size_t n,
	     struct err *err)
{
	for (int i = 0; i < flush_rows(f, stmt); i++) {
		size_t k = (size_t)flush_int(f, stmt, i, 0) - 1;

		if (k >= n)
			continue;
		rows[k].ambiguous = rows[k].id != NULL;
		rows[k].id = flush_value(f, stmt, i, 1);
		if (jscan_parse(c->arena, flush_str(f, stmt, i, 2), &rows[k].stored, err) < 0)
			return -1;
	}
	return 0;
}

static void
judge_matches(struct call *c, const struct import_plan *plan, struct import_row *rows, size_t n)
{
	const char *column = str_dup(c->arena, plan->header.cells[plan->match.cell]);

	for (size_t i = 0; i < n; i++) {
		struct err *e = &rows[i].item->err;

		if (rows[i].item->quiet)
			continue;
		if (rows[i].ambiguous)
			err_field(e, c->arena, "", "ambiguous",
				  "More than one %s has what is in the column %s.", plan->res->name,
				  column);
		else if (plan->match.by_id && rows[i].key && !rows[i].id)
			err_field(e, c->arena, "/id", "not_found", "No such %s.", plan->res->name);
	}
}

/* The row's key; what it cannot be is refused. */
static void
read_key(struct call *c, const struct import_plan *plan, struct import_row *row)
{
	const struct import_match *m = &plan->match;
	struct str s =
	    m->cell < row->record->n ? record_text(row->record->cells[m->cell]) : (struct str){ 0 };
	struct uuid id;

	if (row->item->quiet)
		return;
	if (s.len == 0) {
		/* Without its own id a row is a new one; without what others know it by, it would
		 * be one again and again. */
		if (!m->by_id)
			err_field(&row->item->err, c->arena, "", "required",
				  "The column by which it is found is empty.");
		return;
	}
	row->key = str_dup(c->arena, s);
	if (m->by_id && !uuid_parse(s, &id)) {
		err_field(&row->item->err, c->arena, "/id", "not_found", "No such %s.",
			  plan->res->name);
		row->key = NULL;
	} else if (m->of_system && s.len > 200) {
		err_field(&row->item->err, c->arena, "/external_ids", "too_long",
			  "At most 200 characters.");
		row->key = NULL;
	}
}

int
import_resolve(struct call *c, const struct import_plan *plan, struct import_row *rows, size_t n,
	       struct err *err)
{
	size_t n_cols = plan->map.columns.n;
	int *stmts = arena_array(c->arena, n_cols + 1, sizeof(*stmts)), match = -1;
	const char **ambiguous = arena_array(c->arena, n * (n_cols + 1), sizeof(*ambiguous));
	struct flush *f = flush_new(c->app->db, c->arena);

	enter_add_read(f, &c->who);
	for (size_t i = 0; i < n; i++) {
		rows[i].ids = arena_array(c->arena, n_cols + 1, sizeof(*rows[i].ids));
		if (plan->match.given)
			read_key(c, plan, &rows[i]);
	}
	for (size_t k = 0; k < n_cols; k++) {
		if (plan->map.columns.v[k].has_ref)
			stmts[k] = add_ref(c, f, &plan->map.columns.v[k], rows, n);
	}
	if (plan->match.given && add_match(c, f, plan, rows, n, &match, err) < 0)
		return -1;
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	for (size_t k = 0; k < n_cols; k++) {
		if (!plan->map.columns.v[k].has_ref)
			continue;
		take_refs(f, stmts[k], k, rows, n, ambiguous + k * n);
		judge_refs(c, plan, k, rows, n, ambiguous + k * n);
	}
	if (match >= 0) {
		if (take_matches(c, f, match, rows, n, err) < 0)
			return -1;
		judge_matches(c, plan, rows, n);
	}
	return 0;
}
