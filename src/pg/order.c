/*
 * order.c - in what order functions and views are created.
 *
 * What a file requires comes before it; otherwise functions before views, each by name. A required
 * name that no file makes is a table or a mistake; the server tells.
 */
#include "migrate.h"

typedef VEC(struct sql_file *) order_vec;

static struct sql_file *
file_of(struct migrate *m, const char *object)
{
	for (size_t i = 0; i < m->code.n; i++)
		if (strcmp(m->code.v[i].object, object) == 0)
			return &m->code.v[i];
	return NULL;
}

static int
visit(struct migrate *m, struct sql_file *f, order_vec *out, struct err *err)
{
	if (f->done)
		return 0;
	if (f->marked)
		return err_set(err, ERR_internal, "%s requires itself by way of others", f->path);
	f->marked = true;
	for (size_t i = 0; i < f->requires.n; i++) {
		struct sql_file *needed = file_of(m, f->requires.v[i]);

		if (needed && visit(m, needed, out, err) < 0)
			return -1;
	}
	f->marked = false;
	f->done = true;
	*vec_push(m->arena, out) = f;
	return 0;
}

int
order_code(struct migrate *m, struct sql_file ***ret, struct err *err)
{
	order_vec out = { 0 };

	for (size_t i = 0; i < m->code.n; i++)
		m->code.v[i].done = m->code.v[i].marked = false;
	for (int views = 0; views < 2; views++)
		for (size_t i = 0; i < m->code.n; i++)
			if (m->code.v[i].view == (views == 1) &&
			    visit(m, &m->code.v[i], &out, err) < 0)
				return -1;
	*ret = out.v;
	return 0;
}
