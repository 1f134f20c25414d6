/*
 * correction.c - documents beside others: debit notes, mixed ones, credit notes of their own.
 *
 * A debit note asks for more than its original did, which stays as it is; a line that names one of
 * the original's has that one's tax treatment, unless it says another. A mixed document has lines
 * of both signs: what is given back names a line of a final document, which then has so much less
 * left, or says why; each line says for what project. A credit note of its own gives what no
 * document asked for, and says why. Credit notes of a document are credit_note.c.
 */
#include "correction.h"

#include "invoice.h"

static bool
is_kind(const char *kind, const char *word)
{
	return kind && strcmp(kind, word) == 0;
}

static int
refuse(struct call *c, const char *pointer, const char *member, const char *code, const char *words,
       struct err *err)
{
	return err_field(err, c->arena, arena_printf(c->arena, "%s/%s", pointer, member), code,
			 "%s", words);
}

int
correction_check_lines(struct call *c, struct json_object *body, const char *kind,
		       const char *pointer, struct err *err)
{
	struct json_object *lines = jval_get(body, "lines");
	size_t n = jval_length(lines);
	bool may = is_kind(kind, "debit") || is_kind(kind, "mixed");

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(lines, i);
		const char *at = arena_printf(c->arena, "%s/lines/%zu", pointer, i);
		bool line = jval_get(o, "original_line_id") != NULL;
		bool document = jval_get(o, "original_invoice_id") != NULL;

		if (!may && (line || document))
			refuse(c, at, line ? "original_line_id" : "original_invoice_id", "invalid",
			       "Only lines of debit notes and mixed documents name others.", err);
		else if (document && !line)
			refuse(c, at, "original_line_id", "required", "Name its line.", err);
		else if (is_kind(kind, "mixed") && line && !document)
			refuse(c, at, "original_invoice_id", "required", "Name its document.", err);
	}
	return err->code == ERR_none ? 0 : -1;
}

int
correction_check(struct call *c, struct json_object *body, const char *pointer, struct err *err)
{
	const char *kind = member_text(c->arena, body, "kind");
	bool original = jval_get(body, "original_invoice_id") != NULL, standalone = false;
	bool credit = is_kind(kind, "credit"), debit = is_kind(kind, "debit");

	member_bool(body, "standalone", &standalone);
	if (kind && !credit && !debit && !is_kind(kind, "standard") && !is_kind(kind, "mixed"))
		refuse(c, pointer, "kind", "invalid", "This kind is not made here.", err);
	if (debit && !original)
		refuse(c, pointer, "original_invoice_id", "required",
		       "A debit note names the document that it adds to.", err);
	if (credit && original)
		refuse(c, pointer, "original_invoice_id", "invalid",
		       "A document is credited by POST /v1/invoices/{id}/credit.", err);
	else if (credit && !standalone)
		refuse(
		    c, pointer, "standalone", "required",
		    "A credit note of a document is made by POST /v1/invoices/{id}/credit; one of "
		    "its own says so.",
		    err);
	if (credit && !jval_get(body, "reason"))
		refuse(c, pointer, "reason", "required", "A credit note of its own says why.", err);
	if (!credit && !debit && original)
		refuse(c, pointer, "original_invoice_id", "invalid",
		       "Of debit notes; a mixed document names others by its lines.", err);
	if (!credit && standalone)
		refuse(c, pointer, "standalone", "invalid", "Of credit notes.", err);
	return correction_check_lines(c, body, kind, pointer, err);
}

const char *
correction_ids(struct arena *a, struct json_object *body)
{
	struct json_object *lines = jval_get(body, "lines");
	size_t n = jval_length(lines);
	const char *id = member_text(a, body, "original_invoice_id");
	struct pg_array *ids = pg_array_new(a);
	bool any = id != NULL;

	if (id)
		pg_array_add(ids, id);
	for (size_t i = 0; i < n; i++) {
		id = member_text(a, json_object_array_get_idx(lines, i), "original_invoice_id");
		any |= id != NULL;
		if (id)
			pg_array_add(ids, id);
	}
	return any ? pg_array_text(ids) : NULL;
}

/* A document of this draft's payer, seller and currency that has gone out. */
static bool
fits(struct arena *a, const struct draft *d, const struct original *o, const char *at,
     struct err *err)
{
	if (!o || strcmp(o->account_id, d->facts.account_id) != 0) {
		err_field(err, a, at, "not_found", "The account has no such invoice.");
		return false;
	}
	if (strcmp(o->currency, d->facts.currency) != 0)
		err_field(err, a, at, "currency_mismatch", "It is in %s.", o->currency);
	else if (strcmp(o->entity_id, d->facts.entity_id) != 0)
		err_field(err, a, at, "entity_mismatch", "Another seller made it.");
	else if (!o->number || o->status == INVOICE_VOID)
		err_field(err, a, at, "wrong_state", "It is %s.", invoice_status_words[o->status]);
	else
		return true;
	return false;
}

int
correction_parties(struct arena *a, const struct draft *d, const char *pointer, struct err *err)
{
	if (strcmp(d->kind, "debit") == 0)
		fits(a, d, original_find(d->originals, d->n_originals, d->original_id),
		     arena_printf(a, "%s/original_invoice_id", pointer), err);
	return err->code == ERR_none ? 0 : -1;
}

/* Of a debit note its lines name lines of its one original. */
static const struct original_line *
named_line(struct arena *a, const struct draft *d, struct draft_line *l, struct err *err)
{
	const char *at = l->pointer ? l->pointer : "/lines";
	bool debit = strcmp(d->kind, "debit") == 0;
	struct original *o;
	struct original_line *of;

	if (debit && l->original_invoice_id &&
	    strcmp(l->original_invoice_id, d->original_id) != 0) {
		err_field(err, a, arena_printf(a, "%s/original_invoice_id", at), "invalid",
			  "Must be the document's own.");
		return NULL;
	}
	if (debit)
		l->original_invoice_id = d->original_id;
	o = original_find(d->originals, d->n_originals, l->original_invoice_id);
	if (!debit && !fits(a, d, o, arena_printf(a, "%s/original_invoice_id", at), err))
		return NULL;
	of = o ? original_line(o, l->original_line_id) : NULL;
	if (!of)
		err_field(err, a, arena_printf(a, "%s/original_line_id", at), "not_found",
			  "The invoice has no such line.");
	return of;
}

int
correction_lines(struct arena *a, struct draft *d, struct err *err)
{
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		struct draft_line *l = &d->lines[i];
		struct bill_line *b = &d->bill.lines[i];
		const struct original_line *of;

		if (!l->original_line_id || !l->pointer)
			continue;
		of = named_line(a, d, l, err);
		if (!of)
			continue;
		if (!l->description)
			l->description = of->line.description;
		if (!l->unit)
			l->unit = of->line.unit;
		if (!l->project)
			l->project = of->line.project;
		if (!l->price_set && !l->product_id) {
			b->unit_price = of->bill.unit_price;
			if (!l->base_set)
				b->base_quantity = of->bill.base_quantity;
			l->price_set = l->base_set = true;
		}
		/* Its treatment, unless another is asked for. */
		if (!l->category_given && !l->rate_set) {
			l->category_given = of->bill.tax_category;
			l->rate_given = of->bill.tax_rate;
			l->rate_set = true;
		}
	}
	return err->code == ERR_none ? 0 : -1;
}

int
correction_limits(struct arena *a, const struct draft *d, struct err *err)
{
	for (size_t i = 0; i < d->bill.n_lines && strcmp(d->kind, "mixed") == 0; i++) {
		const struct draft_line *l = &d->lines[i];
		const struct original *o =
		    original_find(d->originals, d->n_originals, l->original_invoice_id);
		struct original_line *of =
		    o && l->original_line_id ? original_line(o, l->original_line_id) : NULL;
		struct err one = { 0 };
		struct credit given;

		if (!of)
			continue;
		if (credit_net(&of->left, -d->bill.lines[i].net, &given, &one) == 0) {
			of->left.credited_net += given.net;
			of->left.credited_tax += given.tax;
			of->left.by_quantity = false;
			continue;
		}
		if (one.code != ERR_over_credit)
			return *err = one, -1;
		if (err->code == ERR_none)
			err_set(err, ERR_over_credit, "More is credited than a line has left.");
		err_field(err, a,
			  arena_printf(a, "%s/quantity",
				       l->pointer ? l->pointer : arena_printf(a, "/lines/%zu", i)),
			  "over_credit", "Of the line %lld is left, without tax.",
			  (long long)credit_remaining(&of->left).net);
	}
	return err->code == ERR_none ? 0 : -1;
}

void
correction_lacks(struct arena *a, const struct draft *d, struct err *err)
{
	bool more = false, less = false;

	if (strcmp(d->kind, "mixed") != 0)
		return;
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct draft_line *l = &d->lines[i];
		bool negative = d->bill.lines[i].quantity.coef < 0;

		more |= !negative;
		less |= negative;
		if (!l->project)
			err_field(err, a, arena_printf(a, "/lines/%zu/project", i), "required",
				  "Each line of a mixed document says what for.");
		if (negative && !l->original_line_id && !l->discount_reason)
			err_field(err, a, arena_printf(a, "/lines/%zu/original_line_id", i),
				  "required",
				  "What is given back names the line that it is of, or a "
				  "discount_reason.");
		/* A later change of a subscription may take back what one before it gave. */
		if (!negative && l->original_line_id && !l->subscription_item_id)
			err_field(err, a, arena_printf(a, "/lines/%zu/quantity", i), "out_of_range",
				  "What names another line gives back of it.");
	}
	if ((!more || !less) && !(d->bill.n_lines && d->lines[0].subscription_item_id))
		err_field(err, a, "/lines", "required",
			  "A mixed document asks for something and gives something back.");
}
