/*
 * subscription_coupon.c - coupons and agreed discounts over the life of a subscription: which of
 * them lower what a change charges, which end, which are taken.
 *
 * A discount lowers bill dates, from its own first one on, so many of them as it is good for,
 * however long they are and whatever stands still between them. What a change charges for days of a
 * period that is billed bears what that bill bore; a period that begins with the change is a bill
 * date of its own, and uses up one of each that lowers it. A phase's lowers what begins within the
 * phase, on whatever bill date: where a change begins one within a period, the rest of that is its
 * first. Amounts lower the documents of bill dates alone.
 */
#include "subscription_change.h"

/* ---- which of them lower what a change charges ---- */

/* As they are to be, else as they are. */
static struct json_object *
discounts(const struct amendment *m)
{
	return m->discounts ? m->discounts : jval_get(m->s.row, "discounts");
}

static struct json_object *
discount_row(const struct amendment *m, size_t i)
{
	return json_object_array_get_idx(discounts(m), i);
}

static struct json_object *
stored_row(const struct amendment *m, size_t i)
{
	return json_object_array_get_idx(jval_get(m->s.row, "discounts"), i);
}

static size_t
n_stored(const struct amendment *m)
{
	return jval_length(jval_get(m->s.row, "discounts"));
}

/* The bill date of a line's period. */
struct date_of {
	civil_day day;
	bool begun; /* it is the change's own: nothing has billed it before */
};

/* Whether its periods are counted from the change's day and were not before. */
static bool
counts_anew(const struct amendment *m, const struct sub_item *item)
{
	const struct subscription *was = &m->s.core;

	if (!item->has_anchor || item->anchor < m->day)
		return false;
	for (size_t i = 0; i < was->n_items; i++) {
		if (strcmp(was->items[i].lineage, item->lineage) == 0 && was->items[i].has_anchor &&
		    was->items[i].anchor == item->anchor)
			return false;
	}
	return true;
}

static struct date_of
date_of(const struct amendment *m, const struct sub_line *line)
{
	const struct sub_item *item = &m->items[line->item];
	civil_day day = sub_bill_date(&m->is, item, line->whole);

	return (struct date_of){ day, day >= sub_unbilled(&m->s) || m->skipped.set ||
					  counts_anew(m, item) };
}

static bool
of_phase(struct json_object *o)
{
	bool is = false;

	member_bool(o, "of_phase", &is);
	return is;
}

/*
 * Whether it lowers a line; ret_first: it has not lowered that line's bill date before. One that is
 * good for all need not have: its draft may be gone.
 */
static bool
lowers(const struct amendment *m, struct json_object *o, const struct sub_line *line,
       bool *ret_first)
{
	struct date_of date = date_of(m, line);
	civil_day from = member_day_or(o, "valid_from", DAY_ALWAYS),
		  lowered = member_day_or(o, "lowered_on", DAY_ALWAYS),
		  at = of_phase(o) ? line->days.start : date.day;
	int64_t left = 1;

	*ret_first = date.begun || (of_phase(o) && from > date.day && lowered < date.day);
	if (at < from || at >= member_day_or(o, "valid_to", DAY_NEVER))
		return false;
	if (!jval_get(o, "periods_left"))
		return true;
	member_int(o, "periods_left", &left);
	return *ret_first ? left > 0 : date.day <= lowered;
}

static bool
is_for(const struct amendment *m, struct json_object *o, const struct sub_line *line)
{
	struct json_object *row = m->of[line->item];

	return sub_discount_is_for(o, member_text(m->a, row, "product_id"),
				   member_text(m->a, row, "plan_charge"));
}

/* What is taken off one after the other, as one: d + (100 - d) p / 100. */
static int
add_discount(struct decimal *d, struct decimal percent, struct err *err)
{
	struct decimal left, more;

	if (decimal_is_zero(percent))
		return 0;
	if (decimal_add(decimal_int(100), decimal_neg(*d), &left, err) < 0)
		return -1;
	more.scale = left.scale + percent.scale + 2;
	if (__builtin_mul_overflow(left.coef, percent.coef, &more.coef) ||
	    more.scale > DECIMAL_SCALE_MAX)
		return err_set(err, ERR_out_of_range, "The discounts have too many places.");
	return decimal_add(*d, more, d, err);
}

int
coupon_reduce(const struct amendment *m, const struct sub_line *line, struct decimal *ret,
	      struct err *err)
{
	const struct sub_item *item = &m->items[line->item];
	struct decimal p = { 0 };
	bool first;

	*ret = item->discount_percent;
	if (member_decimal(m->s.row, "discount_percent", &p, err) < 0 ||
	    add_discount(ret, p, err) < 0)
		return -1;
	for (size_t i = 0; i < jval_length(discounts(m)); i++) {
		struct json_object *o = discount_row(m, i);

		p = (struct decimal){ 0 };
		if (lowers(m, o, line, &first) && is_for(m, o, line) &&
		    (member_decimal(o, "percent", &p, err) < 0 || add_discount(ret, p, err) < 0))
			return -1;
	}
	return 0;
}

/* ---- taken and given up ---- */

const char *
coupon_why_words(const char *why)
{
	static const struct {
		const char *code, *words;
	} all[] = {
		{ "not_found", "No such coupon." },
		{ "expired", "The coupon could be taken until an earlier day." },
		{ "redeemed", "The coupon has been taken as often as it can be." },
		{ "account_redeemed", "The account has taken the coupon as often as it can." },
		{ "currency_mismatch", "The coupon is an amount of another currency." },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].code, why) == 0)
			return all[i].words;
	}
	return "The coupon is taken already.";
}

static void
put_day(struct amendment *m, struct json_object *o, const char *key, civil_day day)
{
	json_object_object_del(o, key);
	if (day != DAY_NEVER && day != DAY_ALWAYS)
		json_object_object_add(o, key, json_object_new_string(day_text(m->a, day)));
}

static void
end_on(struct amendment *m, struct json_object *o, civil_day day)
{
	civil_day from = member_day_or(o, "valid_from", DAY_ALWAYS);

	if (member_day_or(o, "valid_to", DAY_NEVER) > day)
		put_day(m, o, "valid_to", from > day ? from : day);
}

void
coupon_ready(struct amendment *m)
{
	m->discounts = jval_own(m->a, json_object_new_array());
	for (size_t i = 0; i < n_stored(m); i++)
		json_object_array_add(m->discounts, amendment_copy(stored_row(m, i)));
}

void
coupon_cut(struct amendment *m, civil_day day)
{
	for (size_t i = 0; i < jval_length(m->discounts); i++) {
		if (of_phase(discount_row(m, i)))
			end_on(m, discount_row(m, i), day);
	}
}

void
coupon_go_on(struct amendment *m, civil_day day)
{
	for (size_t i = 0; i < jval_length(m->discounts); i++) {
		struct json_object *o = discount_row(m, i);
		civil_day from = member_day_or(o, "valid_from", DAY_ALWAYS);

		if (!of_phase(o))
			continue;
		if (from > day)
			end_on(m, o, from);
		else if (member_day_or(o, "valid_to", DAY_NEVER) > day)
			put_day(m, o, "valid_to", DAY_NEVER);
	}
}

void
coupon_take_back(struct amendment *m, civil_day day, civil_day until)
{
	for (size_t i = 0; i < jval_length(m->discounts); i++) {
		struct json_object *o = discount_row(m, i);
		civil_day from = member_day_or(o, "valid_from", DAY_ALWAYS);

		if (!of_phase(o))
			continue;
		if (from == day)
			end_on(m, o, from);
		else if (from < day && member_day_or(o, "valid_to", DAY_NEVER) == day)
			put_day(m, o, "valid_to", until);
	}
}

static civil_day
moved(civil_day day, const civil_day *was, const civil_day *is, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (was[i] == day)
			return is[i];
	}
	return day;
}

void
coupon_move(struct amendment *m, const civil_day *was, const civil_day *is, size_t n)
{
	for (size_t i = 0; i < jval_length(m->discounts); i++) {
		struct json_object *o = discount_row(m, i);

		if (!of_phase(o))
			continue;
		put_day(m, o, "valid_from",
			moved(member_day_or(o, "valid_from", DAY_ALWAYS), was, is, n));
		put_day(m, o, "valid_to",
			moved(member_day_or(o, "valid_to", DAY_NEVER), was, is, n));
	}
}

/* Whether it lowers a bill date from the day on, of those before `end`, by the same coupon. */
static bool
is_taken(const struct amendment *m, struct str coupon, civil_day from, civil_day end)
{
	for (size_t i = 0; i < jval_length(discounts(m)); i++) {
		struct json_object *o = discount_row(m, i);
		int64_t left = 1;

		member_int(o, "periods_left", &left);
		if (left > 0 && member_day_or(o, "valid_to", DAY_NEVER) > from &&
		    member_day_or(o, "valid_from", DAY_ALWAYS) < end &&
		    str_eq(jval_str_of(o, "coupon_id"), coupon))
			return true;
	}
	return false;
}

bool
coupon_has(const struct amendment *m, struct json_object *o)
{
	return is_taken(m, jval_str_of(o, "coupon_id"), member_day_or(o, "valid_from", DAY_ALWAYS),
			member_day_or(o, "valid_to", DAY_NEVER));
}

static struct json_object *
by_id(const struct amendment *m, const char *discount)
{
	for (size_t i = 0; i < jval_length(discounts(m)); i++) {
		if (str_eqz(jval_str_of(discount_row(m, i), "id"), discount) &&
		    member_day_or(discount_row(m, i), "valid_to", DAY_NEVER) > m->day)
			return discount_row(m, i);
	}
	return NULL;
}

struct json_object *
coupon_taken(struct arena *a, struct json_object *coupon, const char *at, struct period days,
	     bool phase)
{
	static const char *const same[] = { "name", "percent", "amount", "product_ids", "charges" };
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "id", json_object_new_string(uuid_new_z(a)));
	json_object_object_add(o, "coupon_id", json_object_get(jval_get(coupon, "id")));
	json_object_object_add(o, "periods_left", json_object_get(jval_get(coupon, "periods")));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		json_object_object_add(o, same[i], json_object_get(jval_get(coupon, same[i])));
	if (days.start != DAY_ALWAYS)
		json_object_object_add(o, "valid_from",
				       json_object_new_string(day_text(a, days.start)));
	if (days.end != DAY_NEVER)
		json_object_object_add(o, "valid_to",
				       json_object_new_string(day_text(a, days.end)));
	json_object_object_add(o, "at", json_object_new_string(at));
	json_object_object_add(o, "of_phase", json_object_new_boolean(phase));
	return o;
}

static void
check_taken(struct amendment *m, struct err *err)
{
	for (size_t i = 0; i < jval_length(m->coupons); i++) {
		struct json_object *o = json_object_array_get_idx(m->coupons, i);
		const char *why = member_text(m->a, o, "why"),
			   *at = arena_printf(m->a, "/coupons/%zu", i);

		if (!why && is_taken(m, jval_str_of(o, "id"), m->day, DAY_NEVER))
			why = "duplicate";
		if (why)
			err_field(err, m->a, at, why, "%s", coupon_why_words(why));
		else
			json_object_array_add(m->discounts,
					      coupon_taken(m->a, o, at,
							   (struct period){ m->day, DAY_NEVER },
							   false));
	}
}

int
coupon_check(struct amendment *m, struct err *err)
{
	struct json_object *gone = jval_get(m->body, "remove_discounts");

	check_taken(m, err);
	for (size_t i = 0; i < jval_length(gone); i++) {
		struct json_object *o =
		    by_id(m, json_object_get_string(json_object_array_get_idx(gone, i)));

		if (o)
			end_on(m, o, m->day);
		else
			err_field(err, m->a, arena_printf(m->a, "/remove_discounts/%zu", i),
				  "not_found", "It has no such discount on that day.");
	}
	return err->code == ERR_none ? 0 : -1;
}

/* ---- written ---- */

/* The last bill date of those that it lowers for the first time with the change; false: none. */
static bool
is_used(const struct amendment *m, struct json_object *o, civil_day *ret)
{
	bool first;

	*ret = DAY_ALWAYS;
	for (size_t i = 0; jval_get(o, "percent") && i < m->change.n_lines; i++) {
		struct date_of date = date_of(m, &m->change.lines[i]);

		if (lowers(m, o, &m->change.lines[i], &first) && first && date.day > *ret)
			*ret = date.day;
	}
	return *ret != DAY_ALWAYS;
}

static void
add_used(const struct amendment *m, struct flush *f)
{
	for (size_t i = 0; i < jval_length(discounts(m)); i++) {
		struct json_object *o = discount_row(m, i);
		civil_day day;

		if (is_used(m, o, &day))
			flush_addv(f,
				   "SELECT billing.discounts_use(ARRAY[$1::uuid], ARRAY[$2::uuid], "
				   "ARRAY[$3::uuid], $4)",
				   m->s.id, m->d.id, member_text(m->a, o, "id"),
				   day_text(m->a, day), FLUSH_END);
	}
}

/* Days of those that are stored. */
static void
add_moved(const struct amendment *m, struct flush *f)
{
	struct pg_array *ids = pg_array_new(m->a), *from = pg_array_new(m->a),
			*to = pg_array_new(m->a);
	bool any = false;

	for (size_t i = 0; i < n_stored(m); i++) {
		struct json_object *was = stored_row(m, i), *is = discount_row(m, i);

		if (member_day_or(was, "valid_from", DAY_ALWAYS) ==
			member_day_or(is, "valid_from", DAY_ALWAYS) &&
		    member_day_or(was, "valid_to", DAY_NEVER) ==
			member_day_or(is, "valid_to", DAY_NEVER))
			continue;
		pg_array_add(ids, member_text(m->a, is, "id"));
		pg_array_add(from, member_text(m->a, is, "valid_from"));
		pg_array_add(to, member_text(m->a, is, "valid_to"));
		any = true;
	}
	if (any)
		flush_addv(f, "SELECT billing.discounts_move($1, $2, $3, $4)", m->s.id,
			   pg_array_text(ids), pg_array_text(from), pg_array_text(to), FLUSH_END);
}

void
coupon_add(const struct amendment *m, struct flush *f)
{
	struct json_object *made = jval_own(m->a, json_object_new_array());

	if (m->discounts)
		add_moved(m, f);
	for (size_t i = n_stored(m); i < jval_length(m->discounts); i++)
		json_object_array_add(made, json_object_get(discount_row(m, i)));
	if (jval_length(made))
		flush_addv(f, "SELECT billing.discounts_write($1, $2)", m->s.id,
			   str_dup(m->a, jval_text(m->a, made)), FLUSH_END);
	add_used(m, f);
}

struct json_object *
coupon_after(const struct amendment *m)
{
	struct json_object *list = jval_own(m->a, json_object_new_array());

	for (size_t i = 0; i < jval_length(discounts(m)); i++) {
		struct json_object *o = amendment_copy(discount_row(m, i));
		int64_t left = 0;
		civil_day day;

		member_int(o, "periods_left", &left);
		if (left > 0 && is_used(m, o, &day))
			json_object_object_add(o, "periods_left", json_object_new_int64(left - 1));
		json_object_array_add(list, o);
	}
	return list;
}
