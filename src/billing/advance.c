/*
 * advance.c - a document that becomes final uses what its payer has paid in advance.
 *
 * Payments of the same seller and currency, oldest first; each use is an allocation and an entry
 * (customer credit to receivable) dated the day on which both document and money were there. In a
 * foreign currency each is worth what it was at its own rate.
 * payment.use_advances holds the payer and compares what was read: where a payment came or
 * went in between it raises ERR_conflict, and the document is decided anew.
 */
#include "advance.h"

#include <billfold/billing/exchange.h>
#include <billfold/resource.h>

enum { COL_ID, COL_ENTITY, COL_CURRENCY, COL_RECEIVED, COL_LEFT, COL_RATE };

#define ADVANCES                                                                                   \
	"SELECT a.id, a.entity_id, a.currency, a.received_on, a.unapplied, a.exchange_rate FROM "
/* Apart from the call: a function that is handed a sub-select is planned at each call. */
#define PAYER_OF                                                                                   \
	"(SELECT ARRAY(SELECT i.account_id FROM billing.invoice i WHERE i.id = $1) AS ids) w "

int
advances_add_read(struct flush *f, const char *draft_id)
{
	return flush_addv(f, ADVANCES PAYER_OF "CROSS JOIN LATERAL payment.advances(w.ids) a",
			  draft_id, FLUSH_END);
}

struct advances *
advances_load(struct arena *a, const struct flush *f, int stmt, const char *payer)
{
	struct advances *s = arena_alloc(a, sizeof(*s));

	s->payer = payer;
	s->n = (size_t)flush_rows(f, stmt);
	s->v = arena_array(a, s->n ? s->n : 1, sizeof(*s->v));
	for (size_t i = 0; i < s->n; i++) {
		struct advance_of *o = &s->v[i];

		o->entity_id = flush_value(f, stmt, (int)i, COL_ENTITY);
		o->currency = flush_value(f, stmt, (int)i, COL_CURRENCY);
		o->advance.id = flush_value(f, stmt, (int)i, COL_ID);
		o->advance.left = flush_int(f, stmt, (int)i, COL_LEFT);
		date_parse(flush_str(f, stmt, (int)i, COL_RECEIVED), &o->advance.received);
		o->has_rate =
		    decimal_parse(flush_str(f, stmt, (int)i, COL_RATE), &o->rate, NULL) == 0;
	}
	return s;
}

static int
add_read_of(struct arena *a, struct flush *f, const char *payer)
{
	struct pg_array *payers = pg_array_new(a);

	pg_array_add(payers, payer);
	return flush_addv(f, ADVANCES "payment.advances($1) a", pg_array_text(payers), FLUSH_END);
}

int
advances_read_now(struct db *db, struct arena *a, const char *payer, struct advances **ret,
		  struct err *err)
{
	struct flush *f = flush_new(db, a);
	int stmt = add_read_of(a, f, payer);

	if (flush_run(f, err) < 0)
		return -1;
	*ret = advances_load(a, f, stmt, payer);
	return 0;
}

int
advances_read(struct call *c, const char *payer, struct advances **ret, struct err *err)
{
	struct advances **known = (struct advances **)&c->own;
	struct flush *f;
	int stmt;

	for (struct advances *s = *known; s; s = s->next) {
		if (strcmp(s->payer, payer) == 0) {
			*ret = s;
			return 0;
		}
	}
	f = call_begin_aside(c);
	stmt = add_read_of(c->arena, f, payer);
	if (call_run_aside(c, f, err) < 0)
		return -1;
	*ret = advances_load(c->arena, f, stmt, payer);
	(*ret)->next = *known;
	*known = *ret;
	return 0;
}

/* Parameters of payment.use_advances, in its order; then the lines of its entries. */
enum {
	U_PAYERS,
	U_READ,
	U_LEFT,
	U_PAYMENTS,
	U_DOCUMENTS,
	U_AMOUNTS,
	U_DAYS,
	U_ENTRIES,
	U_ENTITIES,
	USE_ARRAYS
};

/* Base amounts of a use; so much of the document has been settled by others. */
static int
value_use(const struct draft *d, const struct advance_of *o, int64_t settled, struct posting *p,
	  bool *ret_known, struct err *err)
{
	struct exchange_invoice document = {
		.id = d->id, .settled = settled, .has_rate = true, .rate = d->exchange_rate
	};
	struct exchange x = { .known = draft_converts(d) && o->has_rate,
			      .rate = o->rate,
			      .exponent = d->facts.exponent,
			      .base_exponent = d->facts.base_exponent,
			      .left = o->advance.left + o->advance.used,
			      .invoices = &document,
			      .n = 1 };

	return exchange_value(&x, p, &(struct exchange_move){ d->id, o->advance.used }, 1,
			      -o->advance.used, ret_known, err);
}

static int
add_use(struct arena *a, struct pg_array **v, struct posting_lines *lines, const struct draft *d,
	const char *payer, const struct advance_of *o, int64_t settled, struct err *err)
{
	const struct advance *adv = &o->advance;
	struct posting_amounts m = { .applied = adv->used };
	civil_day day = d->issue_date.day > adv->received ? d->issue_date.day : adv->received;
	const char *entry = uuid_new_z(a);
	struct posting posting;
	bool known;

	if (posting_make(POST_PAYMENT_APPLIED, &m, &posting, err) < 0 ||
	    value_use(d, o, settled, &posting, &known, err) < 0)
		return -1;
	pg_array_add(v[U_PAYMENTS], adv->id);
	pg_array_add(v[U_DOCUMENTS], d->id);
	pg_array_add_int(v[U_AMOUNTS], adv->used);
	pg_array_add(v[U_DAYS], day_text(a, day));
	pg_array_add(v[U_ENTRIES], entry);
	pg_array_add(v[U_ENTITIES], d->facts.entity_id);
	posting_lines_add(lines, &posting, entry, payer, d->facts.currency, known);
	return 0;
}

/* Those that this document may use, in place; *ret_n of them. */
static struct advance_of **
usable(struct arena *a, struct advances *s, const struct draft *d, size_t *ret_n)
{
	struct advance_of **list = arena_array(a, s->n ? s->n : 1, sizeof(struct advance_of *));
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct advance_of *o = &s->v[i];

		if (o->advance.left > 0 && strcmp(o->currency, d->facts.currency) == 0 &&
		    strcmp(o->entity_id, d->facts.entity_id) == 0)
			list[n++] = o;
	}
	*ret_n = n;
	return list;
}

int
advances_take(struct arena *a, struct advances *s, const struct draft *d, int64_t *ret_paid,
	      struct draft_stmt *ret, struct err *err)
{
	struct pg_array *v[USE_ARRAYS];
	struct posting_lines lines;
	struct advance_of **list;
	int64_t wanted = d->bill.payable > 0 && d->facts.apply_credit ? d->bill.payable : 0;
	int64_t due = wanted;
	size_t n;

	for (size_t k = 0; k < USE_ARRAYS; k++)
		v[k] = pg_array_new(a);
	posting_lines_init(&lines, a);
	pg_array_add(v[U_PAYERS], s->payer);
	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].advance.left == 0)
			continue;
		pg_array_add(v[U_READ], s->v[i].advance.id);
		pg_array_add_int(v[U_LEFT], s->v[i].advance.left);
	}
	list = usable(a, s, d, &n);
	for (size_t i = 0; i < n; i++) {
		struct advance *one = &list[i]->advance;

		if (allocate_advances(due, one, 1, &due, err) < 0 ||
		    (one->used > 0 && add_use(a, v, &lines, d, s->payer, list[i],
					      wanted - due - one->used, err) < 0))
			return -1;
	}
	*ret_paid = wanted - due;
	*ret = (struct draft_stmt){
		.sql = "SELECT payment.use_advances($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, $13, $14, $15, $16, $17)",
		.n = USE_ARRAYS + POSTING_ARRAYS,
		.params = arena_array(a, USE_ARRAYS + POSTING_ARRAYS, sizeof(const char *)),
	};
	for (size_t k = 0; k < USE_ARRAYS; k++)
		ret->params[k] = pg_array_text(v[k]);
	for (size_t k = 0; k < POSTING_ARRAYS; k++)
		ret->params[USE_ARRAYS + k] = pg_array_text(lines.v[k]);
	return 0;
}
