/*
 * filter_sql.c - a filter's tree as a condition over alias v.
 *
 * The text depends on the tree's shape alone: lists of values are one array parameter. Operators
 * are those that are leakproof, so that under row-level security an index serves them; a prefix is
 * a range over the normalised column. Two-valued below a `not`: what is unknown is not a match, so
 * its negation is one. `ne` and `nin` match rows without a value too.
 *
 * What stands in other tables (contained texts, own fields, ids of other systems) is looked for
 * first once, where a row must satisfy it. The further ones are asked of each row that is left, by
 * a hash or an index: joined, a dozen broad ones multiply.
 */
#include "filter.h"

#include "field.h"

int
sql_param(struct arena *a, struct sql_params *p, const char *value)
{
	*vec_push(a, &p->list) = value;
	return (int)p->list.n;
}

struct compose {
	struct arena *a;
	struct sb *sb;
	struct sql_params *p;
	bool sought; /* something is looked for first */
};

/* Whether this leaf is it: one that every row must satisfy. */
static bool
seek(struct compose *k, bool must)
{
	bool first = must && !k->sought;

	k->sought |= first;
	return first;
}

static const char *const order_ops[] = {
	[FO_EQ] = "=", [FO_LT] = "<", [FO_LTE] = "<=", [FO_GT] = ">", [FO_GTE] = ">="
};

static const char *
value_array(struct compose *k, const struct filter *f)
{
	struct pg_array *arr = pg_array_new(k->a);

	for (size_t i = 0; i < f->values.n; i++)
		pg_array_add(arr, f->values.v[i]);
	return pg_array_text(arr);
}

/* One test of a column (already qualified) of SQL type `type`; fold: the column holds lower case.
 */
static void
test(struct compose *k, const struct filter *f, const char *column, const char *type, bool fold)
{
	int n;

	switch (f->op) {
	case FO_IS_NULL:
		sb_addf(k->sb, "%s IS %sNULL", column, f->truth ? "" : "NOT ");
		return;
	case FO_IN:
	case FO_NIN:
		n = sql_param(k->a, k->p, value_array(k, f));
		/* Lower case of the array's literal is the literal of the lower-case array. */
		if (f->op == FO_IN)
			sb_addf(k->sb,
				fold ? "%s = ANY (lower($%d::text)::%s[])" : "%s = ANY ($%d::%s[])",
				column, n, type);
		else
			sb_addf(k->sb,
				fold ? "(%s <> ALL (lower($%d::text)::%s[])) IS NOT FALSE"
				     : "(%s <> ALL ($%d::%s[])) IS NOT FALSE",
				column, n, type);
		return;
	case FO_NE:
		n = sql_param(k->a, k->p, f->values.v[0]);
		sb_addf(k->sb, "%s IS DISTINCT FROM %s$%d::%s%s", column, fold ? "lower(" : "", n,
			type, fold ? ")" : "");
		return;
	case FO_PREFIX:
		n = sql_param(k->a, k->p, f->values.v[0]);
		/* U+10FFFF sorts after everything that a text can go on with. */
		sb_addf(k->sb, "(%s >= %s$%d::text%s AND %s < %s$%d::text%s || chr(1114111))",
			column, fold ? "lower(" : "", n, fold ? ")" : "", column,
			fold ? "lower(" : "", n, fold ? ")" : "");
		return;
	default:
		n = sql_param(k->a, k->p, f->values.v[0]);
		sb_addf(k->sb, "%s %s %s$%d::%s%s", column, order_ops[f->op], fold ? "lower(" : "",
			n, type, fold ? ")" : "");
	}
}

const char *
filter_collate(const struct field *f)
{
	return field_is_textual(f->type) && f->type != FT_ENUM && !f->norm ? " COLLATE \"C\"" : "";
}

static void
field_leaf(struct compose *k, const struct filter *f, bool must)
{
	const struct field *field = f->target.field;
	bool fold = field->norm && f->op != FO_IS_NULL;
	const char *column;

	if (f->op == FO_LIKE) {
		int n = sql_param(k->a, k->p, f->values.v[0]);

		/*
		 * The text is looked for once. As a join it would be for every row that the
		 * planner expects a single one of; IS TRUE keeps it from making one.
		 */
		sb_addf(k->sb,
			seek(k, must)
			    ? "v.id = ANY (ARRAY(SELECT search.contains('%s', '%s', $%d)))"
			    : "(v.id IN (SELECT search.contains('%s', '%s', $%d))) IS TRUE",
			f->target.res->name, field->name, n);
		return;
	}
	column =
	    arena_printf(k->a, "v.%s%s", fold ? field->norm : field->name, filter_collate(field));
	test(k, f, column, field_sql_type(field->type), fold);
}

static void
hop_leaf(struct compose *k, const struct filter *f)
{
	const struct target *t = &f->target;
	bool fold = t->field->norm && f->op != FO_IS_NULL;
	const char *column =
	    arena_printf(k->a, "h.%s", fold ? t->field->norm : field_column(t->field));

	sb_addf(k->sb, "EXISTS (SELECT 1 FROM %s h WHERE h.id = v.%s AND ", t->hop_res->table,
		t->ref->name);
	test(k, f, column, field_sql_type(t->field->type), fold);
	sb_addc(k->sb, ')');
}

/* Whether a row that is not there satisfies it: then the sub-select is of those that do not. */
static bool
is_negative(const struct filter *f)
{
	return f->op == FO_NE || f->op == FO_NIN || (f->op == FO_IS_NULL && f->truth);
}

static void
side_leaf(struct compose *k, const struct filter *f, bool must)
{
	const struct target *t = &f->target;
	struct filter positive = *f;
	bool negative = is_negative(f), first = seek(k, must && !negative);
	const char *column = "x.external_id", *type = "text";

	positive.op = f->op == FO_NE ? FO_EQ : f->op == FO_NIN ? FO_IN : f->op;
	/* An array is looked for once and first, whatever the planner thinks of the tables. */
	sb_addz(k->sb,
		first ? "v.id = ANY (ARRAY(SELECT x.object_id FROM " : "(EXISTS (SELECT FROM ");
	if (t->kind == TARGET_CUSTOM) {
		column = arena_printf(k->a, "x.%s", custom_column(t->custom->type));
		type = column[2] == 't' ? "text" : column[2] == 'i' ? "bigint" : "date";
		sb_addf(k->sb, "meta.custom_value x WHERE x.field_id = $%d::uuid",
			sql_param(k->a, k->p, t->custom->id));
	} else {
		sb_addf(k->sb,
			"meta.external_id x WHERE x.resource = '%s' AND x.system = 'default'",
			t->res->name);
	}
	if (!first)
		sb_addz(k->sb, " AND x.object_id = v.id");
	if (f->op != FO_IS_NULL) {
		sb_addz(k->sb, " AND ");
		test(k, &positive, column, type, false);
	}
	sb_addz(k->sb, first ? "))" : negative ? ")) IS FALSE" : ")) IS TRUE");
}

/* must: no row that fails here is in the answer. */
static void
node(struct compose *k, const struct filter *f, bool below_not, bool must)
{
	if (f->kind == FK_LEAF) {
		if (below_not)
			sb_addc(k->sb, '(');
		if (f->target.kind == TARGET_FIELD)
			field_leaf(k, f, must);
		else if (f->target.kind == TARGET_HOP)
			hop_leaf(k, f);
		else
			side_leaf(k, f, must);
		if (below_not)
			sb_addz(k->sb, ") IS TRUE");
		return;
	}
	if (f->kind == FK_NOT) {
		sb_addz(k->sb, "NOT (");
		node(k, f->kids.v[0], true, false);
		sb_addc(k->sb, ')');
		return;
	}
	sb_addc(k->sb, '(');
	for (size_t i = 0; i < f->kids.n; i++) {
		if (i)
			sb_addz(k->sb, f->kind == FK_AND ? " AND " : " OR ");
		node(k, f->kids.v[i], below_not, must && (f->kind == FK_AND || f->kids.n == 1));
	}
	sb_addc(k->sb, ')');
}

void
filter_sql(struct arena *a, const struct filter *f, struct sb *sb, struct sql_params *p)
{
	struct compose k = { a, sb, p, false };

	if (f)
		node(&k, f, false, true);
	else
		sb_addz(sb, "true");
}
