/*
 * tax.c - tax of a document's groups, and each line's share of it.
 *
 * A group is (category, rate). Per group (the default, and what EN 16931 checks): tax = round(sum
 * of line nets x rate); per line: each line's tax is rounded by itself. Where unit prices contain
 * their tax the group's gross is fixed: net = round(gross / (1 + rate)), tax is the rest, and the
 * net is split over the lines. Line taxes always sum to their group's: a credit of one line gives
 * back exactly what that line bore. A line that gives back what another document's line bore comes
 * with its net and tax, and only adds to its group.
 */
#include <billfold/billing/core.h>

#include "share.h"

#include <billfold/base/vec.h>

typedef VEC(struct tax_group) group_vec;

/* Documents have few groups: a look along them is quicker than a table. */
static size_t
group_of(group_vec *groups, struct arena *a, const struct bill_line *l)
{
	const char *category = l->tax_category ? l->tax_category : "standard";

	for (size_t i = 0; i < groups->n; i++) {
		if (strcmp(groups->v[i].category, category) == 0 &&
		    decimal_cmp(groups->v[i].rate, l->tax_rate) == 0)
			return i;
	}
	*vec_push(a, groups) = (struct tax_group){ .category = category, .rate = l->tax_rate };
	return groups->n - 1;
}

/* round(gross / (1 + rate / 100)) */
static int
net_of_gross(int64_t gross, struct decimal rate, int64_t *ret, struct err *err)
{
	__int128 hundred = 100 * pow10_i128(rate.scale);

	if (!div_round((__int128)gross * hundred, hundred + rate.coef, ret))
		return err_set(err, ERR_out_of_range, "An amount is beyond what can be billed.");
	return 0;
}

static int64_t
line_charge(const struct bill_line *l)
{
	return l->amount - l->discount;
}

static int
line_alone(const struct bill *b, struct bill_line *l, struct err *err)
{
	int64_t charge = line_charge(l);

	if (l->decided)
		return 0;
	if (b->tax_inclusive) {
		if (net_of_gross(charge, l->tax_rate, &l->net, err) < 0)
			return -1;
		l->tax = charge - l->net;
		return 0;
	}
	l->net = charge;
	return money_percent(charge, l->tax_rate, &l->tax, err);
}

/* The group's sum is in base: gross where inclusive, else net. charges and parts have room for all
 * its lines. */
static int
group_whole(const struct bill *b, struct tax_group *g, struct bill_line **lines, size_t n,
	    struct arena *a, struct err *err)
{
	int64_t *charges = arena_array(a, n, sizeof(*charges));
	int64_t *parts = arena_array(a, n, sizeof(*parts));
	int64_t sum = g->base;

	for (size_t i = 0; i < n; i++)
		charges[i] = line_charge(lines[i]);
	if (b->tax_inclusive) {
		if (net_of_gross(sum, g->rate, &g->base, err) < 0 ||
		    share_split(g->base, charges, n, parts, a, err) < 0)
			return -1;
		g->tax = sum - g->base;
		for (size_t i = 0; i < n; i++) {
			lines[i]->net = parts[i];
			lines[i]->tax = charges[i] - parts[i];
		}
		return 0;
	}
	if (money_percent(sum, g->rate, &g->tax, err) < 0 ||
	    share_split(g->tax, charges, n, parts, a, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		lines[i]->net = charges[i];
		lines[i]->tax = parts[i];
	}
	return 0;
}

/* Adds lines to their groups: all, or the decided ones alone. */
static int
sum_lines(struct bill *b, const size_t *group, bool all, struct err *err)
{
	for (size_t i = 0; i < b->n_lines; i++) {
		struct tax_group *g = &b->groups[group[i]];

		if (!all && !b->lines[i].decided)
			continue;
		b->bad_line = i;
		if (money_add(g->base, b->lines[i].net, &g->base, err) < 0 ||
		    money_add(g->tax, b->lines[i].tax, &g->tax, err) < 0)
			return -1;
	}
	return 0;
}

static int
per_line(struct bill *b, const size_t *group, struct err *err)
{
	for (size_t i = 0; i < b->n_lines; i++) {
		b->bad_line = i;
		if (line_alone(b, &b->lines[i], err) < 0)
			return -1;
	}
	return sum_lines(b, group, true, err);
}

static int
per_group(struct bill *b, const size_t *group, struct arena *a, struct err *err)
{
	struct bill_line **of = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*of));

	for (size_t i = 0; i < b->n_lines; i++) {
		struct tax_group *g = &b->groups[group[i]];

		b->bad_line = i;
		if (!b->lines[i].decided &&
		    money_add(g->base, line_charge(&b->lines[i]), &g->base, err) < 0)
			return -1;
	}
	for (size_t k = 0; k < b->n_groups; k++) {
		size_t n = 0;

		for (size_t i = 0; i < b->n_lines; i++) {
			if (group[i] == k && !b->lines[i].decided)
				of[n++] = &b->lines[i];
		}
		if (n && group_whole(b, &b->groups[k], of, n, a, err) < 0)
			return -1;
	}
	return sum_lines(b, group, false, err);
}

/* Which group each line is in, in their order; the groups are empty. */
static int
make_groups(struct bill *b, struct arena *a, size_t **ret, struct err *err)
{
	size_t *group = arena_array(a, b->n_lines ? b->n_lines : 1, sizeof(*group));
	group_vec groups = { 0 };

	for (size_t i = 0; i < b->n_lines; i++) {
		b->bad_line = i;
		if (b->lines[i].tax_rate.coef < 0)
			return err_set(err, ERR_out_of_range, "tax_rate must not be negative.");
		group[i] = group_of(&groups, a, &b->lines[i]);
	}
	b->groups = groups.v;
	b->n_groups = groups.n;
	*ret = group;
	return 0;
}

int
tax_sum(struct bill *b, struct arena *a, struct err *err)
{
	size_t *group;

	return make_groups(b, a, &group, err) < 0 ? -1 : sum_lines(b, group, true, err);
}

int
tax_apply(struct bill *b, struct arena *a, struct err *err)
{
	size_t *group;

	if (make_groups(b, a, &group, err) < 0)
		return -1;
	return b->tax_mode == TAX_PER_LINE ? per_line(b, group, err) : per_group(b, group, a, err);
}
