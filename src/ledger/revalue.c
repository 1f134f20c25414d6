/*
 * revalue.c - the end of a period: what is open in foreign currencies, at the rates of its last
 * day.
 *
 * The first flush holds the entity's books and reads what is open, C decides, the second writes the
 * revaluation with an entry a currency on that day and their reversal on the next. Once a day: who
 * asks again for the same gets what there is, for another one ERR_wrong_state. The preview reads
 * and decides alike, and writes nothing.
 */
#include "revaluation.h"

#include <billfold/ledger.h>

enum { CURRENCIES_MAX = 180, ANSWER_MAX = 1 << 20 };

enum {
	F_ENTITY,
	F_BASE,
	F_BASE_EXPONENT,
	F_KNOWN,
	F_KNOWN_PRINT,
	F_CURRENCY,
	F_EXPONENT,
	F_ACCOUNT,
	F_LIABILITY,
	F_AMOUNT,
	F_WORTH,
	F_WITHOUT
};

struct books {
	const char *entity_id, *currency; /* the seller, and its own currency */
	int exponent;
	const char *known, *known_print; /* the revaluation that there is; NULL: none */
	const char *date, *bank;         /* as asked for */
	struct revaluation_currency *v;
	size_t n;
	const char *print;
	int64_t difference;
};

static int
books_add_read(struct call *c, struct flush *f)
{
	bool bank = false;

	jval_bool(c->body, "include_bank", &bank);
	return flush_addv(f, "SELECT * FROM ledger.revaluation_facts($1, $2, $3)",
			  call_body_text(c, "entity_id"), call_body_text(c, "date"),
			  bank ? "t" : "f", FLUSH_END);
}

static void
load_account(const struct flush *f, int stmt, int row, struct books *b)
{
	const char *currency = flush_value(f, stmt, row, F_CURRENCY);
	struct revaluation_currency *one = b->n ? &b->v[b->n - 1] : NULL;

	if (one == NULL || strcmp(one->currency, currency) != 0) {
		one = &b->v[b->n++];
		one->currency = currency;
		one->exponent = (int)flush_int(f, stmt, row, F_EXPONENT);
	}
	one->accounts[one->n++] = (struct revaluation_account){
		.code = flush_value(f, stmt, row, F_ACCOUNT),
		.liability = flush_bool(f, stmt, row, F_LIABILITY),
		.amount = flush_int(f, stmt, row, F_AMOUNT),
		.worth = flush_int(f, stmt, row, F_WORTH),
		.without = flush_int(f, stmt, row, F_WITHOUT),
	};
}

static void
books_load(struct call *c, const struct flush *f, int stmt, struct books *ret)
{
	int rows = flush_rows(f, stmt);
	bool bank = false;

	jval_bool(c->body, "include_bank", &bank);
	*ret = (struct books){ .entity_id = flush_value(f, stmt, 0, F_ENTITY),
			       .currency = flush_value(f, stmt, 0, F_BASE),
			       .exponent = (int)flush_int(f, stmt, 0, F_BASE_EXPONENT),
			       .known = flush_value(f, stmt, 0, F_KNOWN),
			       .known_print = flush_value(f, stmt, 0, F_KNOWN_PRINT),
			       .date = call_body_text(c, "date"),
			       .bank = bank ? "t" : "f",
			       .v = arena_array(c->arena, (size_t)rows + 1, sizeof(*ret->v)) };
	for (int i = 0; i < rows; i++)
		ret->v[i].accounts =
		    arena_array(c->arena, (size_t)rows, sizeof(*ret->v[i].accounts));
	for (int i = 0; i < rows; i++) {
		if (flush_value(f, stmt, i, F_CURRENCY) != NULL)
			load_account(f, stmt, i, ret);
	}
}

static struct revaluation_currency *
currency_of(struct books *b, const char *currency)
{
	for (size_t i = 0; i < b->n; i++) {
		if (strcmp(b->v[i].currency, currency) == 0)
			return &b->v[i];
	}
	return NULL;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The rates of the body, each once, of foreign currencies; print says them in one order. */
static int
take_rates(struct call *c, struct books *b, struct err *err)
{
	struct json_object *list = jval_get(c->body, "rates");
	size_t n = jval_length(list);
	const char **said = arena_array(c->arena, n + 1, sizeof(*said));
	struct sb sb;

	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		const char *currency = jval_strz(c->arena, one, "currency");
		const char *at = arena_printf(c->arena, "/rates/%zu", i);
		struct revaluation_currency *of = currency_of(b, currency);
		struct decimal rate;

		if (decimal_parse(jval_str_of(one, "exchange_rate"), &rate, err) < 0)
			return -1;
		if (rate.coef <= 0)
			err_field(err, c->arena, pointer_add(c->arena, at, "exchange_rate"),
				  "out_of_range", "Must be above zero.");
		if (strcmp(currency, b->currency) == 0)
			err_field(err, c->arena, pointer_add(c->arena, at, "currency"), "invalid",
				  "It is the seller's own.");
		for (size_t k = 0; k < i; k++) {
			if (strncmp(said[k], currency, strlen(currency)) == 0)
				err_field(err, c->arena, pointer_add(c->arena, at, "currency"),
					  "duplicate", "It has a rate already.");
		}
		said[i] = arena_printf(c->arena, "%s=%s", currency, decimal_text(c->arena, rate));
		if (of) {
			of->has_rate = true;
			of->rate = rate;
		}
	}
	if (n > 1)
		qsort(said, n, sizeof(*said), by_text);
	sb_init(&sb, c->arena, CURRENCIES_MAX * 48);
	sb_addz(&sb, b->bank);
	for (size_t i = 0; i < n; i++) {
		sb_addz(&sb, " ");
		sb_addz(&sb, said[i]);
	}
	b->print = sb_z(&sb);
	return err->code == ERR_none ? 0 : -1;
}

static int
decide(struct call *c, struct books *b, struct err *err)
{
	int64_t expected;

	if (take_rates(c, b, err) < 0)
		return -1;
	if (b->known != NULL && strcmp(b->known_print, b->print) != 0)
		return err_set(err, ERR_wrong_state,
			       "What was open that day has been revalued already, at other rates.");
	for (size_t i = 0; i < b->n; i++) {
		if (!b->v[i].has_rate && revaluation_needs(&b->v[i]))
			err_field(err, c->arena, "/rates", "required", "Something is open in %s.",
				  b->v[i].currency);
	}
	if (err->code != ERR_none)
		return -1;
	for (size_t i = 0; i < b->n; i++) {
		struct revaluation_currency *one = &b->v[i];

		if (revaluation_decide(one, b->exponent, err) < 0 ||
		    money_add(b->difference, one->assets, &b->difference, err) < 0 ||
		    money_add(b->difference, one->liabilities, &b->difference, err) < 0)
			return -1;
	}
	if (b->known == NULL && jval_int(c->body, "expected_difference", &expected) &&
	    expected != b->difference)
		return err_set(err, ERR_total_mismatch, "The difference is %lld, not %lld.",
			       (long long)b->difference, (long long)expected);
	return 0;
}

/* ---- shown ---- */

static void
write_currencies(struct jw *w, struct arena *a, const struct books *b)
{
	jw_array(w);
	for (size_t i = 0; i < b->n; i++) {
		const struct revaluation_currency *one = &b->v[i];

		jw_object(w);
		jw_kstr(w, "currency", one->currency);
		jw_kstr(w, "exchange_rate", one->has_rate ? decimal_text(a, one->rate) : NULL);
		jw_kint(w, "difference", one->assets + one->liabilities);
		jw_key(w, "accounts");
		jw_array(w);
		for (size_t k = 0; k < one->n; k++) {
			const struct revaluation_account *acc = &one->accounts[k];

			jw_object(w);
			jw_kstr(w, "account_code", acc->code);
			jw_kint(w, "amount", acc->amount);
			jw_kint(w, "base_amount", acc->worth);
			jw_kint(w, "revalued", acc->now);
			jw_kint(w, "difference", acc->now - acc->worth);
			jw_kint(w, "lines_without", acc->without);
			jw_end_object(w);
		}
		jw_end_array(w);
		jw_end_object(w);
	}
	jw_end_array(w);
}

static int
preview(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin_read(c);
	int stmt = books_add_read(c, f);
	struct books b;
	struct jw w;

	if (call_run(c, f, r, err))
		return -1;
	books_load(c, f, stmt, &b);
	if (decide(c, &b, err) < 0)
		return -1;
	jw_init(&w, c->arena, ANSWER_MAX);
	jw_object(&w);
	jw_kstr(&w, "object", "revaluation_preview");
	jw_kstr(&w, "entity_id", b.entity_id);
	jw_kstr(&w, "revalued_on", b.date);
	jw_kbool(&w, "include_bank", b.bank[0] == 't');
	jw_kstr(&w, "currency", b.currency);
	jw_kint(&w, "difference", b.difference);
	jw_key(&w, "currencies");
	write_currencies(&w, c->arena, &b);
	jw_end_object(&w);
	r->status = 200;
	r->body = sb_str(&w.sb);
	return 0;
}

/* ---- written ---- */

static const char *
day_after(struct arena *a, const char *date)
{
	civil_day day = 0;

	date_parse(str_from(date), &day);
	return day_text(a, day + 1);
}

/* An entry a currency, in the seller's own; and all of them turned around on the day after. */
static int
add_entries(struct call *c, struct flush *f, const struct books *b, const char *id, struct err *err)
{
	struct pg_array *ids = pg_array_new(c->arena);

	for (size_t i = 0; i < b->n; i++) {
		const struct revaluation_currency *one = &b->v[i];
		const struct posting_amounts m = { .assets = one->assets,
						   .liabilities = one->liabilities };
		struct posting posting;

		if (posting_make(POST_REVALUED, &m, &posting, err) < 0)
			return -1;
		posting_add(f, c->arena, &posting,
			    &(struct posting_document){
				.kind = "revaluation",
				.id = id,
				.event = "revalued",
				.entity_id = b->entity_id,
				.currency = b->currency,
				.date = b->date,
				.memo = one->has_rate
					    ? arena_printf(c->arena, "%s at %s", one->currency,
							   decimal_text(c->arena, one->rate))
					    : one->currency });
	}
	pg_array_add(ids, id);
	flush_addv(f, "SELECT ledger.reverse($1, 'revalued', 'reversed', $2)", pg_array_text(ids),
		   day_after(c->arena, b->date), FLUSH_END);
	return 0;
}

static int
write_down(struct call *c, const struct books *b, struct reply *r, struct err *err)
{
	const char *id = uuid_new_z(c->arena);
	struct flush *f = call_go_on(c);
	struct jw w;

	jw_init(&w, c->arena, ANSWER_MAX);
	write_currencies(&w, c->arena, b);
	flush_addv(f, "SELECT ledger.revaluation_add($1, $2, $3, $4, $5, $6, $7)", id, b->entity_id,
		   b->date, b->bank, b->print, int_text(c->arena, b->difference),
		   str_dup(c->arena, sb_str(&w.sb)), FLUSH_END);
	if (add_entries(c, f, b, id, err) < 0) {
		call_give_up(c);
		return -1;
	}
	return call_answer(c, f, &revaluation_resource, id, 201, r, err);
}

static int
revalue(struct call *c, struct reply *r, struct err *err)
{
	struct flush *f = call_begin(c);
	struct books b;
	int stmt, rc;

	flush_addv(f, "SELECT ledger.revaluation_hold($1)", call_body_text(c, "entity_id"),
		   FLUSH_END);
	stmt = books_add_read(c, f);
	if ((rc = call_run_open(c, f, r, err)) != 0)
		return rc < 0 ? -1 : 0;
	books_load(c, f, stmt, &b);
	if (decide(c, &b, err) < 0) {
		call_give_up(c);
		return -1;
	}
	if (b.known != NULL)
		return call_answer(c, call_go_on(c), &revaluation_resource, b.known, 201, r, err);
	return write_down(c, &b, r, err);
}

/* clang-format off */
static const struct field rate_in[] = {
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "A foreign one." },
	{ .name = "exchange_rate", .type = FT_DECIMAL, .flags = FF_REQUIRED,
	  .doc = "Units of the seller's own currency for one of it, at the end of that day." },
	{ 0 }
};

static const struct field revalue_in[] = {
	{ .name = "entity_id", .type = FT_UUID, .flags = FF_NULLABLE, .doc = "The seller; the tenant's default one where not given." },
	{ .name = "date", .type = FT_DATE, .flags = FF_REQUIRED, .doc = "The last day of the period; it must be over, and its books open." },
	{ .name = "rates", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { rate_in, CURRENCIES_MAX },
	  .doc = "One of each currency in which something was open." },
	{ .name = "include_bank", .type = FT_BOOL,
	  .doc = "Cash, bank and clearing accounts too, for who holds accounts in these currencies; false where not given." },
	{ .name = "expected_difference", .type = FT_MONEY, .doc = "What should come out, as the preview said; another one is refused." },
	{ 0 }
};

static const struct field account_out[] = {
	{ .name = "account_code", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 4, 4 }, .doc = "In the chart." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Debits less credits in that currency, by the end of the day." },
	{ .name = "base_amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What they were worth by the books." },
	{ .name = "revalued", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What they are worth at the rate." },
	{ .name = "difference", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "`revalued` less `base_amount`." },
	{ .name = "lines_without", .type = FT_INT, .flags = FF_REQUIRED, .doc = "Lines without a rate: they are in none of these." },
	{ 0 }
};

static const struct field currency_out[] = {
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "In which something was open." },
	{ .name = "exchange_rate", .type = FT_DECIMAL, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "As given; null: nothing was open after all." },
	{ .name = "difference", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Gained, below zero: lost." },
	{ .name = "accounts", .type = FT_LIST, .flags = FF_REQUIRED, .u.of = { account_out, 0 }, .doc = "Account by account." },
	{ 0 }
};

static const struct field preview_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 30 }, .doc = "`revaluation_preview`." },
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "revalued_on", .type = FT_DATE, .doc = "The day." },
	{ .name = "include_bank", .type = FT_BOOL, .doc = "As asked for." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "The seller's own." },
	{ .name = "difference", .type = FT_MONEY, .doc = "What would be booked as gained, below zero: lost." },
	{ .name = "currencies", .type = FT_LIST, .u.of = { currency_out, 0 }, .doc = "By currency." },
	{ 0 }
};

static const struct field revaluation_fields[] = {
	{ .name = "entity_id", .type = FT_REF, .flags = FF_READ_ONLY, .u.ref = "entity", .doc = "The seller whose books they are." },
	{ .name = "revalued_on", .type = FT_DATE, .flags = FF_READ_ONLY | FF_FILTER | FF_SORT,
	  .doc = "The day at whose end; its entries are reversed on the next." },
	{ .name = "include_bank", .type = FT_BOOL, .flags = FF_READ_ONLY, .doc = "Whether cash, bank and clearing accounts were revalued too." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_READ_ONLY, .doc = "The seller's own, of all differences." },
	{ .name = "difference", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "What was gained, not realised; below zero: lost." },
	{ .name = "currencies", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED, .u.of = { currency_out, 0 },
	  .doc = "By currency: {currency, exchange_rate, difference, accounts}." },
	{ 0 }
};

const struct resource revaluation_resource = {
	.name = "revaluation",
	.module = "accounting",
	.path = "revaluations",
	.table = "ledger.revaluation",
	.view = "ledger.revaluation_view",
	.ops = OP_READ_ONLY,
	.read = P_LEDGER_READ,
	.write = P_LEDGER_WRITE,
	.fields = revaluation_fields,
	.default_sort = "created_at,id",
	.doc = "What was open in foreign currencies at the end of a period, at the rates of that day.",
};

const struct route revaluation_routes[] = {
	{ .method = M_POST,
	  .pattern = "/v1/ledger/revalue/preview",
	  .module = "accounting",
	  .perm = P_LEDGER_READ,
	  .in = revalue_in,
	  .out = preview_out,
	  .status = 200,
	  .run = preview,
	  .doc = "What revaluing would book; nothing is written." },
	{ .method = M_POST,
	  .pattern = "/v1/ledger/revalue",
	  .module = "accounting",
	  .perm = P_LEDGER_WRITE,
	  .in = revalue_in,
	  .shows = &revaluation_resource,
	  .status = 201,
	  .run = revalue,
	  .doc = "Books what is gained or lost, not realised, on what is open in foreign currencies at the end of a day, and its reversal on the "
		 "next. Once a day: the same again answers with what there is, other rates are refused." },
	{ 0 }
};
/* clang-format on */
