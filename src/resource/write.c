/*
 * write.c - what a resource's `prepare` may do to a write: look, set, add statements, refuse.
 */
#include <billfold/resource/write.h>

#include "field.h"

#include <stdarg.h>

static struct write_column *
column_of(const write_column_vec *columns, const char *field)
{
	for (size_t i = 0; i < columns->n; i++) {
		struct write_column *col = &columns->v[i];

		if (strcmp(col->field ? col->field->name : col->column, field) == 0)
			return col;
	}
	return NULL;
}

bool
write_value(const struct write *w, const char *field, const char **ret)
{
	const struct write_column *col = column_of(&w->columns, field);

	if (col)
		*ret = col->value;
	return col != NULL;
}

bool
write_element_value(const struct write_element *e, const char *field, const char **ret)
{
	const struct write_column *col = column_of(&e->columns, field);

	if (col)
		*ret = col->value;
	return col != NULL;
}

void
write_element_set(struct write *w, const struct child *ch, struct write_element *e,
		  const char *field, const char *value)
{
	const struct field *f = field_find(ch->resource->fields, str_from(field));
	struct write_column *col = column_of(&e->columns, field);

	if (!col)
		col = vec_push(w->c->arena, &e->columns);
	*col = (struct write_column){ .field = f, .column = field_column(f), .value = value };
}

/* A column that a field stands for has that field's type. */
static const struct field *
field_of_column(const struct resource *res, const char *column)
{
	for (const struct field *f = res->fields; f->name; f++) {
		if (strcmp(field_column(f), column) == 0)
			return f;
	}
	return NULL;
}

void
write_set(struct write *w, const char *column, const char *value)
{
	struct write_column *col;

	for (size_t i = 0; i < w->columns.n; i++) {
		if (strcmp(w->columns.v[i].column, column) == 0) {
			w->columns.v[i].value = value;
			w->columns.v[i].merge = false;
			return;
		}
	}
	col = vec_push(w->c->arena, &w->columns);
	col->field = field_of_column(w->res, column);
	col->column = column;
	col->value = value;
}

void
write_drop(struct write *w, const char *field)
{
	for (size_t i = 0; i < w->columns.n; i++) {
		const struct write_column *col = &w->columns.v[i];

		if (strcmp(col->field ? col->field->name : col->column, field) != 0)
			continue;
		for (w->columns.n--; i < w->columns.n; i++)
			w->columns.v[i] = w->columns.v[i + 1];
		return;
	}
}

static void
push_stmt(struct write *w, write_stmt_vec *list, const char *sql, va_list ap)
{
	VEC(const char *) params = { 0 };
	struct write_stmt *s = vec_push(w->c->arena, list);

	for (const char *p; (p = va_arg(ap, const char *)) != FLUSH_END;)
		*vec_push(w->c->arena, &params) = p;
	*s = (struct write_stmt){ .sql = sql, .n = (int)params.n, .params = params.v };
}

void
write_before(struct write *w, const char *sql, ...)
{
	va_list ap;

	va_start(ap, sql);
	push_stmt(w, &w->before, sql, ap);
	va_end(ap);
}

void
write_expect(struct write *w, const char *version)
{
	write_before(w,
		     arena_printf(w->c->arena,
				  "SELECT api.expect((SELECT count(*) FROM %s t WHERE t.id = $1 "
				  "AND t.version = $2), 'ZB409', 'It has changed meanwhile; try "
				  "again.')",
				  w->res->table),
		     w->id, version, FLUSH_END);
}

void
write_after(struct write *w, const char *sql, ...)
{
	va_list ap;

	va_start(ap, sql);
	push_stmt(w, &w->after, sql, ap);
	va_end(ap);
}

void
write_after_each(struct write *w, const char *sql, ...)
{
	va_list ap;

	va_start(ap, sql);
	push_stmt(w, &w->after, sql, ap);
	va_end(ap);
	w->after.v[w->after.n - 1].each = true;
}

void
write_event(struct write *w, const char *type, const char *data)
{
	*vec_push(w->c->arena, &w->events) = (struct write_event){ type, data };
}

int
write_refuse(struct write *w, struct err *err, const char *pointer, const char *code,
	     const char *detail)
{
	return err_field(err, w->c->arena, arena_printf(w->c->arena, "%s%s", w->pointer, pointer),
			 code, "%s", detail);
}
