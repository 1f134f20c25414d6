/*
 * cases.c - answers one line a case, for comparison with another implementation.
 *
 * A case is a verb and its arguments, separated by tabs; documents are in hexadecimal.
 * What our code refuses is answered by "refused". The counterpart is compare.py.
 */
#include "cases.h"

#include <billfold/crypto.h>
#include <billfold/json.h>

#include "records.h"

enum { LINE_BYTES = 1 << 20 };

int64_t
int_arg(const struct call *c, size_t i)
{
	int64_t n = 0;

	if (i >= c->n || !str_to_int(c->arg[i], INT64_MIN, INT64_MAX, &n)) {
		fprintf(stderr, "argument %zu is not an integer\n", i);
		exit(2);
	}
	return n;
}

bool
decimal_arg(const struct call *c, size_t i, struct decimal *ret)
{
	return decimal_parse(c->arg[i], ret, NULL) == 0;
}

void
refused(void)
{
	puts("refused");
}

static void
print_int(bool ok, int64_t n)
{
	if (ok)
		printf("%lld\n", (long long)n);
	else
		refused();
}

static void
print_decimal(bool ok, struct decimal d)
{
	char text[DECIMAL_TEXT];

	if (!ok) {
		refused();
		return;
	}
	decimal_format(d, text);
	puts(text);
}

static int
nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static struct str
bytes_arg(const struct call *c, size_t i)
{
	struct str hex = c->arg[i];
	char *bytes = arena_alloc(c->a, hex.len / 2 + 1);

	for (size_t k = 0; k + 1 < hex.len; k += 2)
		bytes[k / 2] = (char)(nibble(hex.p[k]) << 4 | nibble(hex.p[k + 1]));
	return (struct str){ bytes, hex.len / 2 };
}

static void
print_bytes(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		printf("%02x", (unsigned char)s.p[i]);
}

static void
run_json(const struct call *c)
{
	struct str text = bytes_arg(c, 0);
	struct json_object *o;
	struct err parse = { 0 }, check = { 0 };
	int rc = jscan_parse(c->a, text, &o, &parse);

	if (jscan_check(text, &check) != rc || strcmp(parse.detail, check.detail) != 0) {
		puts("parse and check differ");
		return;
	}
	if (rc) {
		refused();
		return;
	}
	print_bytes(jval_text(c->a, o));
	putchar('\n');
}

static void
print_record(const struct record *r)
{
	for (size_t i = 0; i < r->n; i++) {
		fputs(i ? "," : "", stdout);
		print_bytes(r->cells[i]);
	}
}

/* A file's records, the header among them: cells in hexadecimal, parted by ',' and ';'. */
static void
run_csv(const struct call *c)
{
	char delimiter = bytes_arg(c, 1).p[0];
	struct record_file file;
	record_vec records = { 0 };

	if (records_cut(c->a, bytes_arg(c, 0), delimiter, (size_t)int_arg(c, 2), &file, NULL)) {
		refused();
		return;
	}
	print_record(&file.header);
	for (size_t i = 0; i < file.pieces.n; i++)
		if (records_parse(c->a, &file.pieces.v[i], delimiter, &records, NULL))
			fputs("; a piece is refused", stdout);
	for (size_t i = 0; i < records.n; i++) {
		putchar(';');
		print_record(&records.v[i]);
	}
	putchar('\n');
}

/* Cells as one record of a file for spreadsheets. */
static void
run_cells(const struct call *c)
{
	struct sb sb;

	sb_init(&sb, c->a, LINE_BYTES);
	for (size_t i = 0; i < c->n; i++) {
		if (i)
			sb_addc(&sb, ',');
		record_add_text(&sb, bytes_arg(c, i));
	}
	print_bytes(sb_str(&sb));
	putchar('\n');
}

static void
run_totp(const struct call *c)
{
	int64_t step = 0;
	bool ok = totp_verify(c->arg[0], c->arg[1], int_arg(c, 2), int_arg(c, 3), &step);

	print_int(ok, step);
}

static void
run_decimal(const struct call *c)
{
	struct decimal d = { 0 };
	bool ok = decimal_arg(c, 0, &d);

	print_decimal(ok, d);
}

static void
run_add(const struct call *c)
{
	struct decimal x, y, sum = { 0 };

	print_decimal(decimal_arg(c, 0, &x) && decimal_arg(c, 1, &y) &&
			  decimal_add(x, y, &sum, NULL) == 0,
		      sum);
}

static void
run_cmp(const struct call *c)
{
	struct decimal x = { 0 }, y = { 0 };
	bool ok = decimal_arg(c, 0, &x) && decimal_arg(c, 1, &y);

	print_int(ok, decimal_cmp(x, y));
}

static void
run_div(const struct call *c)
{
	int64_t q = 0;
	bool ok = div_round((__int128)int_arg(c, 0) * int_arg(c, 1),
			    (__int128)int_arg(c, 2) * int_arg(c, 3), &q);

	print_int(ok, q);
}

static void
run_line(const struct call *c)
{
	struct decimal q, p, b;
	int64_t n = 0;
	bool ok = decimal_arg(c, 0, &q) && decimal_arg(c, 1, &p) && decimal_arg(c, 2, &b) &&
		  money_line(q, p, b, (int)int_arg(c, 3), &n, NULL) == 0;

	print_int(ok, n);
}

static void
run_percent(const struct call *c)
{
	struct decimal p;
	int64_t n = 0;
	bool ok = decimal_arg(c, 1, &p) && money_percent(int_arg(c, 0), p, &n, NULL) == 0;

	print_int(ok, n);
}

static void
run_ratio(const struct call *c)
{
	int64_t n = 0;
	bool ok = money_ratio(int_arg(c, 0), int_arg(c, 1), int_arg(c, 2), &n, NULL) == 0;

	print_int(ok, n);
}

static void
run_split(const struct call *c)
{
	int64_t weights[ARGS_MAX], parts[ARGS_MAX];
	size_t n = c->n - 1;

	for (size_t i = 0; i < n; i++)
		weights[i] = int_arg(c, i + 1);
	if (money_split(int_arg(c, 0), weights, n, parts, NULL)) {
		refused();
		return;
	}
	for (size_t i = 0; i < n; i++)
		printf("%s%lld", i ? "\t" : "", (long long)parts[i]);
	putchar('\n');
}

static void
run_format(const struct call *c)
{
	char text[DECIMAL_TEXT];

	money_format(int_arg(c, 0), (int)int_arg(c, 1), text);
	puts(text);
}

static void
print_day(bool ok, civil_day d)
{
	char text[DATE_TEXT];

	if (!ok) {
		refused();
		return;
	}
	date_format(d, text);
	puts(text);
}

static void
run_date(const struct call *c)
{
	civil_day d = 0;
	bool ok = date_parse(c->arg[0], &d);

	print_day(ok, d);
}

static void
run_boundary(const struct call *c)
{
	civil_day d = 0;
	bool ok = date_parse(c->arg[0], &d);

	print_day(ok, date_boundary(d, (enum date_unit)int_arg(c, 1), (int)int_arg(c, 2),
				    (int)int_arg(c, 3)));
}

static void
run_instant(const struct call *c)
{
	char text[INSTANT_TEXT];
	int64_t us;

	if (!instant_parse(c->arg[0], &us)) {
		refused();
		return;
	}
	instant_format(us, text);
	printf("%lld\t%s\n", (long long)us, text);
}

static void
run_zone_day(const struct call *c)
{
	const struct zone *z = zone_find(str_dup(c->a, c->arg[0]));

	print_day(z, z ? zone_day(z, int_arg(c, 1)) : 0);
}

static void
run_zone_start(const struct call *c)
{
	const struct zone *z = zone_find(str_dup(c->a, c->arg[0]));
	civil_day d = 0;
	bool ok = z && date_parse(c->arg[1], &d);

	print_int(ok, ok ? zone_day_start(z, d) : 0);
}

static const struct verb verbs[] = {
	{ "json", 1, run_json },
	{ "decimal", 1, run_decimal },
	{ "add", 2, run_add },
	{ "cmp", 2, run_cmp },
	{ "div", 4, run_div },
	{ "line", 4, run_line },
	{ "percent", 2, run_percent },
	{ "ratio", 3, run_ratio },
	{ "split", 2, run_split },
	{ "format", 2, run_format },
	{ "date", 1, run_date },
	{ "boundary", 4, run_boundary },
	{ "instant", 1, run_instant },
	{ "zone_day", 2, run_zone_day },
	{ "zone_start", 2, run_zone_start },
	{ "csv", 3, run_csv },
	{ "cells", 1, run_cells },
	{ "totp", 4, run_totp },
	{ 0 },
};

static const struct verb *
verb_find(const struct verb *v, struct str name)
{
	while (v->name && !str_eqz(name, v->name))
		v++;
	return v->name ? v : NULL;
}

static bool
run(struct arena *a, struct str line)
{
	struct call c = { .a = a };
	struct str name = str_cut(line, '\t', &line);
	const struct verb *v = verb_find(verbs, name);

	if (!v)
		v = verb_find(billing_verbs, name);
	do {
		c.arg[c.n++] = str_cut(line, '\t', &line);
	} while (line.len && c.n < ARGS_MAX);
	if (!v || c.n < v->args)
		return false;
	v->run(&c);
	return true;
}

int
main(void)
{
	static char line[LINE_BYTES];
	struct arena *a = arena_new(0);

	while (fgets(line, sizeof(line), stdin)) {
		size_t len = strlen(line);

		if (len == 0 || line[len - 1] != '\n' || !run(a, (struct str){ line, len - 1 })) {
			fprintf(stderr, "not a case: %s\n", line);
			return 2;
		}
		arena_reset(a);
	}
	arena_free(a);
	return 0;
}
