/*
 * batch_read.c - what many bill dates are computed from, in columns.
 *
 * The subscriptions, their payers and locations are locked first and read after that, so that what
 * is decided is written as it was read. Items and discounts come in the order of the rows and are
 * dealt out to them by one walk. Rates and choices are the tenant's, read once.
 */
#include "batch.h"

enum {
	F_ID,
	F_PAYER,
	F_ACCOUNT,
	F_ENTITY,
	F_LOCATION,
	F_CURRENCY,
	F_EXPONENT,
	F_BASE_CURRENCY,
	F_BASE_EXPONENT,
	F_CALENDAR,
	F_ANCHOR,
	F_END,
	F_BILL_ON,
	F_DISCOUNT_PERCENT,
	F_PO,
	F_PO_OF_ACCOUNT,
	F_PO_REQUIRED,
	F_MODE,
	F_CLOSED,
	F_HAS_CONTACT,
	F_HAS_EMAIL,
	F_TERMS,
	F_TODAY,
	F_BUYER_TAX,
	F_EXEMPTION_VALID_TO,
	F_BUYER_COUNTRY,
	F_BUYER_REGION,
	F_SELLER_COUNTRY,
	F_SELLER_REGION
};

enum {
	I_SUBSCRIPTION,
	I_ID,
	I_PRODUCT,
	I_DESCRIPTION,
	I_QUANTITY,
	I_UNIT_PRICE,
	I_BASE_QUANTITY,
	I_UNIT,
	I_DISCOUNT_PERCENT,
	I_CATEGORY,
	I_PRODUCT_CATEGORY,
	I_RECURRING,
	I_EVERY,
	I_MODEL,
	I_PACKAGE,
	I_MINIMUM,
	I_TIERS,
	I_FROM,
	I_TO,
	I_ANCHOR,
	I_CHARGE
};

enum { D_SUBSCRIPTION, D_ID, D_PERCENT, D_AMOUNT, D_TARGET, D_FROM, D_TO };
enum { A_ID, A_ENTITY, A_CURRENCY, A_RECEIVED, A_LEFT, A_PAYER };
enum { S_ENTITY, S_CLOSED_THROUGH, S_ISSUED_ON };
enum { R_COUNTRY, R_REGION, R_CATEGORY, R_NAME, R_RATE, R_FROM, R_TO };

static int
decimal_at(const struct batch_reading *r, int stmt, int row, int col, struct decimal *ret,
	   struct err *err)
{
	*ret = decimal_int(0);
	return flush_value(r->f, stmt, row, col)
		   ? decimal_parse(flush_str(r->f, stmt, row, col), ret, err)
		   : 0;
}

static civil_day
day_at(const struct batch_reading *r, int stmt, int row, int col, civil_day otherwise)
{
	civil_day day = otherwise;

	if (flush_value(r->f, stmt, row, col))
		date_parse(flush_str(r->f, stmt, row, col), &day);
	return day;
}

static int
word_at(const struct batch_reading *r, int stmt, int row, int col, const char *const *words)
{
	const char *word = flush_value(r->f, stmt, row, col);
	int i = 0;

	while (words[i] && strcmp(words[i], word) != 0)
		i++;
	return i;
}

/* ---- the tenant's ---- */

static int
read_rates(const struct batch_reading *r, struct tax_case *ret, struct err *err)
{
	int n = flush_rows(r->f, r->rates);
	struct tax_rate *rates = arena_array(r->a, n ? (size_t)n : 1, sizeof(*rates));

	for (int i = 0; i < n; i++) {
		rates[i] = (struct tax_rate){
			.country = flush_value(r->f, r->rates, i, R_COUNTRY),
			.region = flush_value(r->f, r->rates, i, R_REGION),
			.category = flush_value(r->f, r->rates, i, R_CATEGORY),
			.name = flush_value(r->f, r->rates, i, R_NAME),
			.valid_from = day_at(r, r->rates, i, R_FROM, 0),
			.valid_to = day_at(r, r->rates, i, R_TO, TAX_FOREVER),
		};
		if (decimal_at(r, r->rates, i, R_RATE, &rates[i].rate, err) < 0)
			return -1;
	}
	ret->rates = rates;
	ret->n_rates = (size_t)n;
	return 0;
}

/* What each payer has in advance, in a list of those that have any. */
static struct advances *
read_advances(const struct batch_reading *r)
{
	struct advances *list = NULL;
	int n = flush_rows(r->f, r->advances);

	for (int i = 0; i < n; i++) {
		const char *payer = flush_value(r->f, r->advances, i, A_PAYER);
		struct advances *s = list;
		struct advance_of *o;

		while (s && strcmp(s->payer, payer) != 0)
			s = s->next;
		if (!s) {
			s = arena_alloc(r->a, sizeof(*s));
			*s = (struct advances){ .payer = payer, .next = list };
			/* None has more than there are left to come. */
			s->v = arena_array(r->a, (size_t)(n - i), sizeof(*s->v));
			list = s;
		}
		o = &s->v[s->n++];
		o->entity_id = flush_value(r->f, r->advances, i, A_ENTITY);
		o->currency = flush_value(r->f, r->advances, i, A_CURRENCY);
		o->advance.id = flush_value(r->f, r->advances, i, A_ID);
		o->advance.left = flush_int(r->f, r->advances, i, A_LEFT);
		o->advance.received = day_at(r, r->advances, i, A_RECEIVED, 0);
	}
	return list;
}

static struct advances *
advances_of(struct advances *list, const char *payer)
{
	while (list && strcmp(list->payer, payer) != 0)
		list = list->next;
	return list;
}

static const struct batch_seller *
read_sellers(const struct batch_reading *r)
{
	int n = flush_rows(r->f, r->sellers);
	struct batch_seller *v = arena_array(r->a, (size_t)n + 1, sizeof(*v));

	for (int i = 0; i < n; i++)
		v[i] = (struct batch_seller){
			.entity_id = flush_value(r->f, r->sellers, i, S_ENTITY),
			.closed_through = day_at(r, r->sellers, i, S_CLOSED_THROUGH, DAY_ALWAYS),
			.issued_on = day_at(r, r->sellers, i, S_ISSUED_ON, DAY_ALWAYS),
		};
	v[n] = (struct batch_seller){ .closed_through = DAY_ALWAYS, .issued_on = DAY_ALWAYS };
	return v;
}

static const struct batch_seller *
seller_of(const struct batch_seller *list, const char *entity)
{
	while (list->entity_id && strcmp(list->entity_id, entity) != 0)
		list++;
	return list;
}

/* ---- a row ---- */

static void
read_tax(const struct batch_reading *r, int i, struct tax_case *t)
{
	const char *word = flush_value(r->f, r->facts, i, F_BUYER_TAX);

	t->buyer_country = flush_value(r->f, r->facts, i, F_BUYER_COUNTRY);
	t->buyer_region = flush_value(r->f, r->facts, i, F_BUYER_REGION);
	t->seller_country = flush_value(r->f, r->facts, i, F_SELLER_COUNTRY);
	t->seller_region = flush_value(r->f, r->facts, i, F_SELLER_REGION);
	t->exemption_valid_to = day_at(r, r->facts, i, F_EXEMPTION_VALID_TO, TAX_FOREVER);
	if (word && strcmp(word, "exempt") == 0)
		t->buyer = BUYER_EXEMPT;
	else if (word && strcmp(word, "reverse_charge") == 0)
		t->buyer = BUYER_REVERSE_CHARGE;
}

static int
int_at(const struct batch_reading *r, int i, int col, int otherwise)
{
	return flush_value(r->f, r->facts, i, col) ? (int)flush_int(r->f, r->facts, i, col)
						   : otherwise;
}

static int
read_facts(const struct batch_reading *r, int i, struct json_object *settings,
	   const struct tax_case *rates, struct facts *ret, struct err *err)
{
	struct facts f = {
		.account_id = flush_value(r->f, r->facts, i, F_PAYER),
		.entity_id = flush_value(r->f, r->facts, i, F_ENTITY),
		.currency = flush_value(r->f, r->facts, i, F_CURRENCY),
		.base_currency = flush_value(r->f, r->facts, i, F_BASE_CURRENCY),
		.exponent = int_at(r, i, F_EXPONENT, -1),
		.base_exponent = int_at(r, i, F_BASE_EXPONENT, 2),
		.po_number = flush_value(r->f, r->facts, i, F_PO_OF_ACCOUNT),
		.po_required = flush_bool(r->f, r->facts, i, F_PO_REQUIRED),
		.closed = flush_bool(r->f, r->facts, i, F_CLOSED),
		.has_contact = flush_bool(r->f, r->facts, i, F_HAS_CONTACT),
		.terms = int_at(r, i, F_TERMS, 0),
		.today = day_at(r, r->facts, i, F_TODAY, 0),
		.tax = *rates,
		.apply_credit = true,
	};

	read_tax(r, i, &f.tax);
	*ret = f;
	return facts_choices(settings, ret, err);
}

static int
read_row(const struct batch_reading *r, int i, struct json_object *settings,
	 const struct tax_case *rates, struct batch_row *row)
{
	static const char *const modes[] = { "send", "finalize", "draft", NULL };
	const char *account = flush_value(r->f, r->facts, i, F_ACCOUNT);
	struct draft *d = &row->draft;

	row->subscription_id = flush_value(r->f, r->facts, i, F_ID);
	row->mode = (enum billing_mode)word_at(r, r->facts, i, F_MODE, modes);
	row->has_email = flush_bool(r->f, r->facts, i, F_HAS_EMAIL);
	row->bill_on = day_at(r, r->facts, i, F_BILL_ON, 0);
	row->sub.calendar = flush_bool(r->f, r->facts, i, F_CALENDAR);
	row->sub.anchor = day_at(r, r->facts, i, F_ANCHOR, 0);
	row->sub.end = day_at(r, r->facts, i, F_END, DAY_NEVER);
	*d = (struct draft){
		.id = uuid_new_z(r->a),
		.version = 1,
		.kind = "standard",
		.fresh = true,
		.pointer = "",
		.requested_account = account,
		.location_id = flush_value(r->f, r->facts, i, F_LOCATION),
		.po_number = flush_value(r->f, r->facts, i, F_PO),
	};
	if (read_facts(r, i, settings, rates, &d->facts, &row->err) < 0)
		return -1;
	d->bill.exponent = d->facts.exponent;
	d->bill.tax_mode = d->facts.tax_mode;
	d->bill.tax_inclusive = d->facts.tax_inclusive;
	d->bill.rounding_step = d->facts.cash_rounding;
	return decimal_at(r, r->facts, i, F_DISCOUNT_PERCENT, &d->bill.discount_percent, &row->err);
}

/* ---- items ---- */

static int
tier_decimal(struct json_object *o, const char *key, struct decimal *ret, struct err *err)
{
	*ret = decimal_int(0);
	return member_decimal(o, key, ret, err);
}

static int
read_tiers(struct arena *a, struct str text, struct price *p, struct err *err)
{
	struct price_tier *tiers;
	struct json_object *list;

	if (jscan_parse(a, text, &list, err) < 0)
		return -1;
	p->n_tiers = json_object_array_length(list);
	tiers = arena_array(a, p->n_tiers ? p->n_tiers : 1, sizeof(*tiers));
	for (size_t i = 0; i < p->n_tiers; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		tiers[i].open = jval_get(o, "up_to") == NULL;
		if (tier_decimal(o, "up_to", &tiers[i].up_to, err) < 0 ||
		    tier_decimal(o, "unit_price", &tiers[i].unit_price, err) < 0 ||
		    tier_decimal(o, "flat", &tiers[i].flat, err) < 0)
			return -1;
	}
	p->tiers = tiers;
	return 0;
}

static int
read_price(const struct batch_reading *r, int i, struct price *p, struct err *err)
{
	p->model = (enum price_model)word_at(r, r->items, i, I_MODEL, price_model_words);
	if (decimal_at(r, r->items, i, I_UNIT_PRICE, &p->unit_price, err) < 0 ||
	    decimal_at(r, r->items, i, I_BASE_QUANTITY, &p->base_quantity, err) < 0 ||
	    decimal_at(r, r->items, i, I_PACKAGE, &p->package, err) < 0 ||
	    decimal_at(r, r->items, i, I_MINIMUM, &p->minimum, err) < 0)
		return -1;
	return flush_value(r->f, r->items, i, I_TIERS)
		   ? read_tiers(r->a, flush_str(r->f, r->items, i, I_TIERS), p, err)
		   : 0;
}

static int
read_item(const struct batch_reading *r, int i, struct sub_item *s, struct batch_item *b,
	  struct err *err)
{
	s->recurring = (enum recurring)word_at(r, r->items, i, I_RECURRING, recurring_words);
	s->every = (int)flush_int(r->f, r->items, i, I_EVERY);
	s->from = day_at(r, r->items, i, I_FROM, DAY_ALWAYS);
	s->to = day_at(r, r->items, i, I_TO, DAY_NEVER);
	s->has_anchor = flush_value(r->f, r->items, i, I_ANCHOR) != NULL;
	s->anchor = day_at(r, r->items, i, I_ANCHOR, 0);
	b->id = flush_value(r->f, r->items, i, I_ID);
	b->product_id = flush_value(r->f, r->items, i, I_PRODUCT);
	b->description = flush_value(r->f, r->items, i, I_DESCRIPTION);
	b->unit = flush_value(r->f, r->items, i, I_UNIT);
	b->category_given = flush_value(r->f, r->items, i, I_CATEGORY);
	b->plan_charge = flush_value(r->f, r->items, i, I_CHARGE);
	b->product_category = flush_value(r->f, r->items, i, I_PRODUCT_CATEGORY);
	if (decimal_at(r, r->items, i, I_QUANTITY, &s->quantity, err) < 0 ||
	    decimal_at(r, r->items, i, I_DISCOUNT_PERCENT, &b->discount_percent, err) < 0)
		return -1;
	return read_price(r, i, &s->price, err);
}

static bool
is_of(const struct batch_reading *r, int stmt, int row, const struct batch_row *of)
{
	return strcmp(flush_value(r->f, stmt, row, 0), of->subscription_id) == 0;
}

/* Both are in the order of subscription ids. */
static void
deal_out_items(const struct batch_reading *r, struct batch *b)
{
	int n = flush_rows(r->f, r->items), i = 0;
	struct sub_item *subs = arena_array(r->a, n ? (size_t)n : 1, sizeof(*subs));
	struct batch_item *items = arena_array(r->a, n ? (size_t)n : 1, sizeof(*items));

	for (size_t k = 0; k < b->n; k++) {
		struct batch_row *row = &b->rows[k];

		row->sub.items = &subs[i];
		row->items = &items[i];
		for (; i < n && is_of(r, r->items, i, row); i++, row->sub.n_items++) {
			if (read_item(r, i, &subs[i], &items[i], &row->err) < 0 &&
			    row->err.code == ERR_none)
				err_set(&row->err, ERR_internal, "Internal error.");
		}
	}
}

static void
deal_out_discounts(const struct batch_reading *r, struct batch *b)
{
	int n = flush_rows(r->f, r->discounts), i = 0;
	struct bill_discount *v = arena_array(r->a, n ? (size_t)n : 1, sizeof(*v));
	struct sub_discount *reach = arena_array(r->a, n ? (size_t)n : 1, sizeof(*reach));
	const char **ids = arena_array(r->a, n ? (size_t)n : 1, sizeof(*ids));

	for (size_t k = 0; k < b->n; k++) {
		struct batch_row *row = &b->rows[k];

		row->discounts = &v[i];
		row->reach = &reach[i];
		row->discount_ids = &ids[i];
		for (; i < n && is_of(r, r->discounts, i, row); i++, row->n_discounts++) {
			ids[i] = flush_value(r->f, r->discounts, i, D_ID);
			v[i].amount = flush_value(r->f, r->discounts, i, D_AMOUNT)
					  ? flush_int(r->f, r->discounts, i, D_AMOUNT)
					  : 0;
			decimal_at(r, r->discounts, i, D_PERCENT, &v[i].percent, &row->err);
			reach[i].days.start = day_at(r, r->discounts, i, D_FROM, DAY_ALWAYS);
			reach[i].days.end = day_at(r, r->discounts, i, D_TO, DAY_NEVER);
			if (flush_value(r->f, r->discounts, i, D_TARGET))
				(void)jscan_parse(r->a, flush_str(r->f, r->discounts, i, D_TARGET),
						  &reach[i].target, &row->err);
		}
	}
}

/* ---- all of it ---- */

void
batch_add_reads(struct batch_reading *r, const char *on)
{
	/* Apart from the calls: a function that is handed a sub-select is planned at each call. */
#define HELD                                                                                       \
	"(SELECT current_setting('billing.held')::uuid[] AS ids OFFSET 0) w CROSS JOIN LATERAL "
	r->facts = flush_addv(r->f, "SELECT x.* FROM " HELD "billing.bill_facts(w.ids, $1) x", on,
			      FLUSH_END);
	r->items = flush_addv(r->f, "SELECT x.* FROM " HELD "billing.bill_items(w.ids, $1) x", on,
			      FLUSH_END);
	r->discounts =
	    flush_addv(r->f, "SELECT x.* FROM " HELD "billing.bill_discounts(w.ids, $1) x", on,
		       FLUSH_END);
	r->advances =
	    flush_addv(r->f, "SELECT x.* FROM " HELD "billing.bill_advances(w.ids) x", FLUSH_END);
	r->sellers =
	    flush_addv(r->f, "SELECT x.* FROM " HELD "billing.bill_sellers(w.ids) x", FLUSH_END);
#undef HELD
	r->rates = flush_addv(r->f, "SELECT * FROM billing.bill_rates()", FLUSH_END);
	r->settings =
	    flush_addv(r->f, "SELECT settings::text FROM billing.bill_settings()", FLUSH_END);
}

int
batch_take(const struct batch_reading *r, struct batch *ret, struct err *err)
{
	const struct batch_seller *sellers;
	struct json_object *settings;
	struct advances *advances;
	struct tax_case rates = { 0 };

	*ret = (struct batch){ .arena = r->a, .n = (size_t)flush_rows(r->f, r->facts) };
	if (ret->n == 0)
		return 0;
	if (jscan_parse(r->a, flush_str(r->f, r->settings, 0, 0), &settings, err) < 0 ||
	    read_rates(r, &rates, err) < 0)
		return -1;
	ret->rows = arena_array(r->a, ret->n, sizeof(*ret->rows));
	advances = read_advances(r);
	sellers = read_sellers(r);
	for (size_t i = 0; i < ret->n; i++) {
		struct batch_row *row = &ret->rows[i];

		if (read_row(r, (int)i, settings, &rates, row) < 0 && row->err.code == ERR_none)
			err_set(&row->err, ERR_internal, "Internal error.");
		row->advances = advances_of(advances, row->draft.facts.account_id);
		row->seller = seller_of(sellers, row->draft.facts.entity_id);
	}
	deal_out_items(r, ret);
	deal_out_discounts(r, ret);
	return 0;
}

int
batch_read(struct job *j, struct arena *a, const char *ids, struct batch *ret, struct err *err)
{
	struct batch_reading r = { .a = a, .f = flush_new(j->db, a) };

	enter_add(r.f, &j->who);
	flush_addv(r.f, "SELECT set_config('billing.held', billing.bill_hold($1)::text, true)", ids,
		   FLUSH_END);
	batch_add_reads(&r, NULL);
	return flush_run(r.f, err) < 0 ? -1 : batch_take(&r, ret, err);
}
