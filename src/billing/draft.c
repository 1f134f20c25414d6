/*
 * draft.c - a document from what is stored and what a caller sends, decided by the core.
 */
#include "correction.h"

const char *
decimal_text(struct arena *a, struct decimal d)
{
	char *z = arena_alloc(a, DECIMAL_TEXT);

	decimal_format(d, z);
	return z;
}

const char *
int_text(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

const char *
day_text(struct arena *a, civil_day d)
{
	char *z = arena_alloc(a, DATE_TEXT);

	date_format(d, z);
	return z;
}

void
draft_make_lines(struct arena *a, struct draft *d, size_t n)
{
	d->lines = arena_array(a, n ? n : 1, sizeof(*d->lines));
	d->bill.lines = arena_array(a, n ? n : 1, sizeof(*d->bill.lines));
	d->bill.n_lines = n;
	for (size_t i = 0; i < n; i++)
		d->bill.lines[i].base_quantity = d->bill.lines[i].quantity = decimal_int(1);
}

/* ---- members, of the database and of callers alike ---- */

static void
take_text(struct arena *a, struct json_object *o, const char *key, const char **ret)
{
	if (jval_has(o, key))
		*ret = member_text(a, o, key);
}

static void
take_day(struct json_object *o, const char *key, struct opt_day *ret)
{
	struct str s;

	if (jval_has(o, key))
		ret->set = jval_str(o, key, &s) && date_parse(s, &ret->day);
}

/* null resets to what it is without. */
static int
take_decimal(struct json_object *o, const char *key, struct decimal otherwise, struct decimal *ret,
	     struct err *err)
{
	if (jval_has(o, key))
		*ret = otherwise;
	return member_decimal(o, key, ret, err);
}

int
draft_take(struct arena *a, struct draft *d, struct json_object *o, struct err *err)
{
	struct str word;

	take_text(a, o, "location_id", &d->location_id);
	take_text(a, o, "contact_id", &d->contact_id);
	take_text(a, o, "po_number", &d->po_number);
	take_text(a, o, "notes", &d->notes);
	take_text(a, o, "deal_id", &d->deal_id);
	take_text(a, o, "kind", &d->kind);
	take_text(a, o, "original_invoice_id", &d->original_id);
	take_text(a, o, "reason", &d->reason);
	if (jval_str(o, "settle", &word))
		d->refund = str_eqz(word, "refund");
	take_day(o, "issue_date", &d->issue_date);
	take_day(o, "due_date", &d->due_date);
	take_day(o, "supply_date", &d->supply_date);
	if (jval_has(o, "payment_terms")) {
		d->terms_set = jval_get(o, "payment_terms") != NULL;
		member_int(o, "payment_terms", &d->terms);
	}
	if (jval_has(o, "exchange_rate"))
		d->exchange_rate_set = jval_get(o, "exchange_rate") != NULL;
	if (jval_str(o, "tax_mode", &word))
		d->bill.tax_mode = str_eqz(word, "per_line") ? TAX_PER_LINE : TAX_PER_GROUP;
	member_bool(o, "tax_inclusive", &d->bill.tax_inclusive);
	member_int(o, "discount_amount", &d->bill.discount_amount);
	member_int(o, "cash_rounding", &d->bill.rounding_step);
	if (take_decimal(o, "exchange_rate", d->exchange_rate, &d->exchange_rate, err) < 0)
		return -1;
	return take_decimal(o, "discount_percent", decimal_int(0), &d->bill.discount_percent, err);
}

static int
take_line(struct arena *a, struct draft_line *l, struct bill_line *b, struct json_object *o,
	  struct err *err)
{
	take_text(a, o, "account_id", &l->account_id);
	take_text(a, o, "product_id", &l->product_id);
	take_text(a, o, "description", &l->description);
	take_text(a, o, "unit", &l->unit);
	take_text(a, o, "tax_category", &l->category_given);
	take_text(a, o, "deal_line_id", &l->deal_line_id);
	take_text(a, o, "original_invoice_id", &l->original_invoice_id);
	take_text(a, o, "original_line_id", &l->original_line_id);
	take_text(a, o, "project", &l->project);
	take_text(a, o, "discount_reason", &l->discount_reason);
	if (jval_has(o, "tax_rate"))
		l->rate_set = jval_get(o, "tax_rate") != NULL;
	if (jval_has(o, "unit_price"))
		l->price_set = jval_get(o, "unit_price") != NULL;
	if (jval_has(o, "base_quantity"))
		l->base_set = jval_get(o, "base_quantity") != NULL;
	if (take_decimal(o, "tax_rate", decimal_int(0), &l->rate_given, err) < 0 ||
	    take_decimal(o, "quantity", decimal_int(1), &b->quantity, err) < 0 ||
	    take_decimal(o, "unit_price", b->unit_price, &b->unit_price, err) < 0 ||
	    take_decimal(o, "base_quantity", decimal_int(1), &b->base_quantity, err) < 0)
		return -1;
	return take_decimal(o, "discount_percent", decimal_int(0), &b->discount_percent, err);
}

/* ---- from the database ---- */

static int
load_line(struct arena *a, struct draft_line *l, struct bill_line *b, struct json_object *o,
	  struct err *err)
{
	if (take_line(a, l, b, o, err) < 0)
		return -1;
	/* Stored lines tell what was asked for from what was decided. */
	l->id = member_text(a, o, "id");
	l->subscription_item_id = member_text(a, o, "subscription_item_id");
	take_day(o, "period_start", &l->period_start);
	take_day(o, "period_end", &l->period_end);
	l->product_had = l->product_id;
	l->was.tax_category = l->category_given;
	l->was.tax_rate = l->rate_given;
	l->category_given = member_text(a, o, "tax_category_given");
	l->rate_set = jval_get(o, "tax_rate_given") != NULL;
	l->rate_given = decimal_int(0);
	l->price_set = l->base_set = true;
	member_int(o, "amount", &l->was.amount);
	member_int(o, "discount", &l->was.discount);
	member_int(o, "net", &l->was.net);
	member_int(o, "tax", &l->was.tax);
	l->gross = -(l->was.net + l->was.tax);
	l->original_quantity_set = jval_get(o, "original_quantity") != NULL;
	if (member_decimal(o, "original_quantity", &l->original_quantity, err) < 0)
		return -1;
	return member_decimal(o, "tax_rate_given", &l->rate_given, err);
}

int
draft_load(struct arena *a, const char *id, int64_t version, struct str text, struct draft *ret,
	   struct err *err)
{
	struct draft d = { .id = id, .version = version, .pointer = "" };
	struct json_object *o, *lines;
	struct str word = { 0 };
	int64_t exponent = 2;
	int status;

	if (jscan_parse(a, text, &o, err) < 0 ||
	    facts_parse(a, jval_get(o, "context"), &d.facts, err) < 0)
		return -1;
	jval_str(o, "status", &word);
	status = invoice_status_by_word(word);
	d.status = status < 0 ? INVOICE_VOID : (enum invoice_status)status;
	d.number = member_text(a, o, "number");
	d.kind = member_text(a, o, "kind");
	member_int(o, "exponent", &exponent);
	d.bill.exponent = (int)exponent;
	member_int(o, "rounding", &d.rounding_was);
	lines = jval_get(o, "lines");
	draft_make_lines(a, &d, lines ? json_object_array_length(lines) : 0);
	if (draft_take(a, &d, o, err) < 0)
		return -1;
	for (size_t i = 0; i < d.bill.n_lines; i++) {
		if (load_line(a, &d.lines[i], &d.bill.lines[i], json_object_array_get_idx(lines, i),
			      err) < 0)
			return -1;
	}
	*ret = d;
	return 0;
}

int
draft_new(struct arena *a, const char *id, struct json_object *context, struct draft *ret,
	  struct err *err)
{
	struct draft d = {
		.id = id, .version = 1, .kind = "standard", .fresh = true, .pointer = ""
	};

	if (facts_parse(a, context, &d.facts, err) < 0)
		return -1;
	d.bill.exponent = d.facts.exponent;
	d.bill.tax_mode = d.facts.tax_mode;
	d.bill.tax_inclusive = d.facts.tax_inclusive;
	d.bill.rounding_step = d.facts.cash_rounding;
	draft_make_lines(a, &d, 0);
	*ret = d;
	return 0;
}

/* ---- lines that a caller sends ---- */

static size_t
line_by_id(const struct draft *d, const char *id)
{
	size_t i = 0;

	while (i < d->bill.n_lines && strcmp(d->lines[i].id, id) != 0)
		i++;
	return i;
}

int
draft_take_lines(struct arena *a, struct draft *d, struct json_object *lines, const char *pointer,
		 struct err *err)
{
	struct draft old = *d;

	draft_make_lines(a, d, json_object_array_length(lines));
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		struct json_object *o = json_object_array_get_idx(lines, i);
		struct draft_line *l = &d->lines[i];
		const char *id = member_text(a, o, "id");
		const char *at = arena_printf(a, "%s/%zu", pointer, i);

		if (id) {
			size_t k = line_by_id(&old, id);

			if (k == old.bill.n_lines) {
				err_field(err, a, arena_printf(a, "%s/id", at), "not_found",
					  "No such line.");
				continue;
			}
			*l = old.lines[k];
			d->bill.lines[i] = old.bill.lines[k];
		} else {
			l->id = uuid_new_z(a);
		}
		l->pointer = at;
		if (take_line(a, l, &d->bill.lines[i], o, err) < 0)
			return -1;
	}
	return err->code == ERR_none ? 0 : -1;
}

const char *
draft_product_ids(struct arena *a, struct json_object *lines)
{
	struct pg_array *ids = pg_array_new(a);
	size_t n = lines ? json_object_array_length(lines) : 0;

	for (size_t i = 0; i < n; i++) {
		const char *id = member_text(a, json_object_array_get_idx(lines, i), "product_id");

		if (id)
			pg_array_add(ids, id);
	}
	return pg_array_text(ids);
}

/* ---- deciding ---- */

civil_day
draft_tax_date(const struct draft *d)
{
	if (d->supply_date.set)
		return d->supply_date.day;
	return d->issue_date.set ? d->issue_date.day : d->facts.today;
}

static void
refuse_line(struct arena *a, const struct draft_line *l, const char *member, const char *code,
	    const char *words, struct err *err)
{
	err_field(err, a, arena_printf(a, "%s/%s", l->pointer ? l->pointer : "/lines", member),
		  code, "%s", words);
}

static bool
keeps_product(const struct draft_line *l)
{
	return l->product_had && strcmp(l->product_had, l->product_id) == 0;
}

/* What a line does not say, its product does. */
static void
line_from_product(struct arena *a, const struct draft *d, struct draft_line *l, struct bill_line *b,
		  const struct product_fact *p, struct err *err)
{
	if (!p) {
		refuse_line(a, l, "product_id", "not_found", "No such product.", err);
		return;
	}
	if (p->archived && l->pointer && !keeps_product(l))
		refuse_line(a, l, "product_id", "archived", "The product is archived.", err);
	if (!l->description)
		l->description = p->name;
	if (!l->unit)
		l->unit = p->unit;
	if (l->price_set)
		return;
	if (!p->has_price) {
		refuse_line(a, l, "unit_price", "required",
			    arena_printf(a, "The product has no price in %s on this day.",
					 d->facts.currency),
			    err);
		return;
	}
	b->unit_price = p->unit_price;
	if (!l->base_set)
		b->base_quantity = p->base_quantity;
	l->price_set = l->base_set = true;
}

static void
complete_line(struct arena *a, const struct draft *d, size_t i, const struct product_fact *p,
	      struct err *err)
{
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];

	if (l->product_id)
		line_from_product(a, d, l, b, p, err);
	else if (!l->price_set)
		refuse_line(a, l, "unit_price", "required", "Is required without a product.", err);
	if (!l->description && !(l->product_id && !p))
		refuse_line(a, l, "description", "required", "Is required without a product.", err);
	/* Only kinds that correct others may turn a line around. */
	if (b->quantity.coef < 0 && strcmp(d->kind, "credit") != 0 && strcmp(d->kind, "mixed") != 0)
		refuse_line(a, l, "quantity", "out_of_range", "Must not be negative.", err);
	if (b->quantity.coef >= 0 && strcmp(d->kind, "credit") == 0)
		refuse_line(a, l, "quantity", "out_of_range",
			    "Must be below zero: a credit note gives back.", err);
	if (b->unit_price.coef < 0)
		refuse_line(a, l, "unit_price", "out_of_range", "Must not be negative.", err);
	if (b->base_quantity.coef <= 0)
		refuse_line(a, l, "base_quantity", "out_of_range", "Must be above zero.", err);
	if (b->discount_percent.coef < 0 || decimal_cmp(b->discount_percent, decimal_int(100)) > 0)
		refuse_line(a, l, "discount_percent", "out_of_range", "Must lie between 0 and 100.",
			    err);
	if (l->rate_set &&
	    (l->rate_given.coef < 0 || decimal_cmp(l->rate_given, decimal_int(1000)) > 0))
		refuse_line(a, l, "tax_rate", "out_of_range", "Must lie between 0 and 1000.", err);
}

void
draft_tax_line(struct draft *d, size_t i, const char *product_category,
	       const struct tax_case *place)
{
	struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];
	const char *category = l->category_given;
	struct tax_choice t;

	/* The treatment of the line that it corrects, whatever holds of the buyer today. */
	if (l->original_line_id && category && l->rate_set) {
		b->tax_category = category;
		b->tax_rate = l->rate_given;
		return;
	}
	if (!category)
		category = product_category ? product_category : "standard";
	tax_choose(place, category, &t);
	d->exemption_expired |= t.expired;
	/* A rate that is asked for holds, unless the buyer pays none. */
	if (l->rate_set && strcmp(t.category, "exempt") != 0 &&
	    strcmp(t.category, "reverse_charge") != 0) {
		t.category = category;
		t.rate = l->rate_given;
	}
	b->tax_category = t.category;
	b->tax_rate = t.rate;
	l->tax_name = t.name;
}

/* An amount beyond what can be billed is named by its line. */
static int
out_of_range(struct arena *a, const struct draft *d, struct err *err)
{
	char words[ERR_TEXT_MAX];
	size_t i = d->bill.bad_line;

	if (err->code != ERR_out_of_range)
		return -1;
	snprintf(words, sizeof(words), "%s", err->detail);
	if (i < d->bill.n_lines && d->lines[i].pointer)
		err_field(err, a, d->lines[i].pointer, "out_of_range", "%s", words);
	else if (i == d->bill.n_lines && d->bill.bad_discount && d->pointer)
		err_field(err, a, arena_printf(a, "%s/discount_amount", d->pointer), "out_of_range",
			  "%s", words);
	return -1;
}

bool
draft_keeps_given(const struct draft *d)
{
	return d->bill.tax_inclusive || strcmp(d->kind, "credit") == 0;
}

/* As it was decided when the draft was made, unless somebody writes the line anew. */
static void
keep_given(struct draft *d, size_t i)
{
	const struct draft_line *l = &d->lines[i];
	struct bill_line *b = &d->bill.lines[i];

	if (!l->was.tax_category || l->pointer || !l->original_line_id ||
	    !l->subscription_item_id || !draft_keeps_given(d))
		return;
	b->decided = true;
	b->net = l->was.net;
	b->tax = l->was.tax;
}

int
draft_decide(struct arena *a, struct draft *d, struct err *err)
{
	struct tax_case place = d->facts.tax;

	if (draft_credits(d))
		return d->original ? credit_decide(a, d, d->original, err) : credit_keep(a, d, err);
	place.date = draft_tax_date(d);
	d->exemption_expired = false;
	if (d->bill.discount_percent.coef < 0 ||
	    decimal_cmp(d->bill.discount_percent, decimal_int(100)) > 0)
		err_field(err, a, arena_printf(a, "%s/discount_percent", d->pointer),
			  "out_of_range", "Must lie between 0 and 100.");
	if (d->exchange_rate_set && d->exchange_rate.coef <= 0)
		err_field(err, a, arena_printf(a, "%s/exchange_rate", d->pointer), "out_of_range",
			  "Must be above zero.");
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct draft_line *l = &d->lines[i];
		const struct product_fact *p =
		    l->product_id ? facts_product(&d->facts, l->product_id) : NULL;

		complete_line(a, d, i, p, err);
		draft_tax_line(d, i, p ? p->tax_category : NULL, &place);
		keep_given(d, i);
	}
	if (err->code != ERR_none)
		return -1;
	if (bill_compute(&d->bill, a, err) < 0)
		return out_of_range(a, d, err);
	return correction_limits(a, d, err);
}

bool
draft_content_changed(const struct draft *d)
{
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *b = &d->bill.lines[i], *was = &d->lines[i].was;

		if (!was->tax_category || strcmp(was->tax_category, b->tax_category) != 0 ||
		    decimal_cmp(was->tax_rate, b->tax_rate) != 0 || was->amount != b->amount ||
		    was->discount != b->discount || was->net != b->net || was->tax != b->tax)
			return true;
	}
	return false;
}

/* ---- writing ---- */

/* Columns of billing.content_write after fresh and invoices, in its order. */
enum {
	L_INVOICE,
	L_ID,
	L_POSITION,
	L_ACCOUNT,
	L_PRODUCT,
	L_DESCRIPTION,
	L_QUANTITY,
	L_UNIT_PRICE,
	L_BASE_QUANTITY,
	L_UNIT,
	L_DISCOUNT_PERCENT,
	L_CATEGORY_GIVEN,
	L_RATE_GIVEN,
	L_CATEGORY,
	L_RATE,
	L_AMOUNT,
	L_DISCOUNT,
	L_NET,
	L_TAX,
	L_DEAL_LINE,
	T_INVOICE,
	T_CATEGORY,
	T_RATE,
	T_NAME,
	T_BASE,
	T_TAX,
	L_ORIGINAL_INVOICE,
	L_ORIGINAL_LINE,
	L_ORIGINAL_QUANTITY,
	L_PROJECT,
	L_DISCOUNT_REASON,
	L_PERIOD_START,
	L_PERIOD_END,
	L_ITEM,
	CONTENT_ARRAYS
};

static void
add_content_line(struct arena *a, struct pg_array **v, const struct draft *d, size_t i)
{
	const struct draft_line *l = &d->lines[i];
	const struct bill_line *b = &d->bill.lines[i];

	pg_array_add(v[L_INVOICE], d->id);
	pg_array_add(v[L_ID], l->id);
	pg_array_add_int(v[L_POSITION], (int64_t)i + 1);
	pg_array_add(v[L_ACCOUNT], l->account_id);
	pg_array_add(v[L_PRODUCT], l->product_id);
	pg_array_add(v[L_DESCRIPTION], l->description);
	pg_array_add(v[L_QUANTITY], decimal_text(a, b->quantity));
	pg_array_add(v[L_UNIT_PRICE], decimal_text(a, b->unit_price));
	pg_array_add(v[L_BASE_QUANTITY], decimal_text(a, b->base_quantity));
	pg_array_add(v[L_UNIT], l->unit);
	pg_array_add(v[L_DISCOUNT_PERCENT], decimal_is_zero(b->discount_percent)
						? NULL
						: decimal_text(a, b->discount_percent));
	pg_array_add(v[L_CATEGORY_GIVEN], l->category_given);
	pg_array_add(v[L_RATE_GIVEN], l->rate_set ? decimal_text(a, l->rate_given) : NULL);
	pg_array_add(v[L_CATEGORY], b->tax_category);
	pg_array_add(v[L_RATE], decimal_text(a, b->tax_rate));
	pg_array_add_int(v[L_AMOUNT], b->amount);
	pg_array_add_int(v[L_DISCOUNT], b->discount);
	pg_array_add_int(v[L_NET], b->net);
	pg_array_add_int(v[L_TAX], b->tax);
	pg_array_add(v[L_DEAL_LINE], l->deal_line_id);
	pg_array_add(v[L_ORIGINAL_INVOICE], l->original_invoice_id);
	pg_array_add(v[L_ORIGINAL_LINE], l->original_line_id);
	pg_array_add(v[L_ORIGINAL_QUANTITY],
		     l->original_quantity_set ? decimal_text(a, l->original_quantity) : NULL);
	pg_array_add(v[L_PROJECT], l->project);
	pg_array_add(v[L_DISCOUNT_REASON], l->discount_reason);
	pg_array_add(v[L_PERIOD_START],
		     l->period_start.set ? day_text(a, l->period_start.day) : NULL);
	pg_array_add(v[L_PERIOD_END], l->period_end.set ? day_text(a, l->period_end.day) : NULL);
	pg_array_add(v[L_ITEM], l->subscription_item_id);
}

/* What a group is called: as its first line's rate is. */
static const char *
group_name(const struct draft *d, const struct tax_group *g)
{
	for (size_t i = 0; i < d->bill.n_lines; i++) {
		const struct bill_line *b = &d->bill.lines[i];

		if (strcmp(b->tax_category, g->category) == 0 &&
		    decimal_cmp(b->tax_rate, g->rate) == 0)
			return d->lines[i].tax_name;
	}
	return NULL;
}

static void
add_content_taxes(struct arena *a, struct pg_array **v, const struct draft *d)
{
	for (size_t k = 0; k < d->bill.n_groups; k++) {
		const struct tax_group *g = &d->bill.groups[k];

		pg_array_add(v[T_INVOICE], d->id);
		pg_array_add(v[T_CATEGORY], g->category);
		pg_array_add(v[T_RATE], decimal_text(a, g->rate));
		pg_array_add(v[T_NAME], group_name(d, g));
		pg_array_add_int(v[T_BASE], g->base);
		pg_array_add_int(v[T_TAX], g->tax);
	}
}

struct draft_stmt
draft_content(struct arena *a, const struct draft *drafts, size_t n)
{
	struct draft_stmt s = {
		.sql = "SELECT billing.content_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$12, "
		       "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, "
		       "$28, $29, $30, $31, $32, $33, $34, $35, $36)",
		.n = CONTENT_ARRAYS + 2,
		.params = arena_array(a, CONTENT_ARRAYS + 2, sizeof(const char *)),
	};
	struct pg_array *v[CONTENT_ARRAYS], *ids = pg_array_new(a);

	for (size_t k = 0; k < CONTENT_ARRAYS; k++)
		v[k] = pg_array_new(a);
	for (size_t i = 0; i < n; i++) {
		pg_array_add(ids, drafts[i].id);
		for (size_t k = 0; k < drafts[i].bill.n_lines; k++)
			add_content_line(a, v, &drafts[i], k);
		add_content_taxes(a, v, &drafts[i]);
	}
	s.params[0] = n && drafts[0].fresh ? "t" : "f";
	s.params[1] = pg_array_text(ids);
	for (size_t k = 0; k < CONTENT_ARRAYS; k++)
		s.params[k + 2] = pg_array_text(v[k]);
	return s;
}
