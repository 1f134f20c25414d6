/*
 * statement.c - what an account owes and how it came about: `GET /v1/accounts/{id}/statement`, and
 * the same on paper.
 *
 * The paper is made when it is asked for, of what is true then, and kept nowhere.
 */
#include <billfold/document.h>
#include <billfold/report.h>

enum { LOGO_MAX = 2 << 20, ROWS_MAX = 5000 };

/* What a function of schema report says of the account and days that are asked for. */
static int
look(struct call *c, const char *text, struct reply *r, struct str *ret, struct err *err)
{
	const char *id, *children = call_query_text(c, "include_children");
	struct flush *f;
	int stmt;

	if (call_id(c, registry_find(c->app->registry, "account"), &id, err) < 0)
		return -1;
	f = call_begin_read(c);
	stmt = flush_addv(f, text, id, call_query_text(c, "from"), call_query_text(c, "to"),
			  children ? children : "false", FLUSH_END);
	if (call_run(c, f, r, err))
		return -1;
	*ret = flush_str(f, stmt, 0, 0);
	return 0;
}

static int
account_statement(struct call *c, struct reply *r, struct err *err)
{
	if (look(c, "SELECT statement::text FROM report.account_statement($1, $2, $3, $4)", r,
		 &r->body, err) < 0)
		return -1;
	r->status = 200;
	return 0;
}

/* ---- on paper ---- */

static size_t
length_of(struct json_object *o, const char *key)
{
	return jval_length(jval_get(o, key));
}

/* The sellers' logos; one that is gone keeps no statement from its reader. */
static int
read_logos(struct call *c, struct json_object *paper, struct str **ret, struct err *err)
{
	const struct file_store *files = c->app->files;
	size_t n = length_of(paper, "balances"), rows = 0;

	*ret = arena_array(c->arena, n + 1, sizeof(**ret));
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(jval_get(paper, "balances"), i);
		struct str sha256 = jval_str_of(one, "logo_sha256");
		struct err gone = { 0 };

		rows += length_of(one, "movements") + length_of(one, "documents");
		if (sha256.len &&
		    files->get(files, c->arena, c->who.tenant.z, str_dup(c->arena, sha256),
			       LOGO_MAX, &(*ret)[i], &gone) < 0)
			(*ret)[i] = (struct str){ 0 };
	}
	if (rows > ROWS_MAX)
		return err_field(err, c->arena, "/from", "out_of_range",
				 "A paper has %d rows at the most: ask for fewer days.", ROWS_MAX);
	return 0;
}

static int
account_statement_pdf(struct call *c, struct reply *r, struct err *err)
{
	struct json_object *paper;
	struct str text, *logos;

	if (look(c, "SELECT paper::text FROM report.statement_paper($1, $2, $3, $4)", r, &text,
		 err) < 0 ||
	    jscan_parse(c->arena, text, &paper, err) < 0 || read_logos(c, paper, &logos, err) < 0 ||
	    statement_pdf(c->arena, paper, logos, &r->body, err) < 0)
		return -1;
	r->status = 200;
	r->content_type = "application/pdf";
	*vec_push(c->arena, &r->headers) =
	    (struct pair){ STR("Content-Disposition"),
			   str_from(arena_printf(c->arena, "attachment; filename=\"%s\"",
						 statement_file_name(c->arena, paper))) };
	return 0;
}

/* clang-format off */
static const struct field statement_query[] = {
	{ .name = "from", .type = FT_DATE, .doc = "The first day; 90 days before the last one where not given." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day; today where not given. A year at the most." },
	{ .name = "include_children", .type = FT_BOOL, .doc = "With the accounts below it." },
	{ 0 }
};

static const struct field movement_out[] = {
	{ .name = "date", .type = FT_DATE, .doc = "When it was booked." },
	{ .name = "entry_id", .type = FT_UUID, .doc = "The journal entry." },
	{ .name = "document_kind", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "`invoice` of any kind, `payment`, `refund`, `dispute`." },
	{ .name = "document_id", .type = FT_UUID, .doc = "The document." },
	{ .name = "number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Its number, where it has one." },
	{ .name = "kind", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 20 }, .doc = "Of an invoice: `standard`, `credit`, `debit` ..." },
	{ .name = "event", .type = FT_TEXT, .u.len = { 1, 50 }, .doc = "What became of it: `finalized`, `voided`, `received`, `created`." },
	{ .name = "amount", .type = FT_MONEY, .doc = "Above zero: more is owed." },
	{ .name = "balance", .type = FT_MONEY, .doc = "What is owed after it." },
	{ 0 }
};

#define DOCUMENT_FIELDS \
	{ .name = "invoice_id", .type = FT_UUID, .doc = "The document." }, \
	{ .name = "number", .type = FT_TEXT, .u.len = { 1, 100 }, .doc = "Its number." }, \
	{ .name = "kind", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "Its kind." }, \
	{ .name = "issue_date", .type = FT_DATE, .doc = "When it was issued." }, \
	{ .name = "due_date", .type = FT_DATE, .doc = "When it is due." }, \
	{ .name = "payable", .type = FT_MONEY, .doc = "What it asks for; below zero: what it gives back." }, \
	{ .name = "credited", .type = FT_MONEY, .doc = "Of that, given back by its credit notes." }, \
	{ .name = "paid", .type = FT_MONEY, .doc = "Of that, paid." }, \
	{ .name = "amount_due", .type = FT_MONEY, .doc = "What is due on it." }, \
	{ .name = "days_overdue", .type = FT_INT, .doc = "Days after its due date, where something is due." }

static const struct field adjustment_out[] = { DOCUMENT_FIELDS, { 0 } };

static const struct field document_out[] = {
	DOCUMENT_FIELDS,
	{ .name = "adjustments", .type = FT_LIST, .u.of = { adjustment_out, 0 }, .doc = "Its debit and credit notes." },
	{ 0 }
};

static const struct field balance_out[] = {
	{ .name = "entity_id", .type = FT_UUID, .doc = "The seller." },
	{ .name = "currency", .type = FT_CURRENCY, .doc = "Currency." },
	{ .name = "opening", .type = FT_MONEY, .doc = "What was owed before the first day; below zero: what the customer had." },
	{ .name = "invoices", .type = FT_MONEY, .doc = "Invoiced, less what was voided." },
	{ .name = "debits", .type = FT_MONEY, .doc = "By debit notes." },
	{ .name = "credits", .type = FT_MONEY, .doc = "By documents in the customer's favour." },
	{ .name = "payments", .type = FT_MONEY, .doc = "Received, less what was given back or charged back." },
	{ .name = "closing", .type = FT_MONEY, .doc = "`opening` + `invoices` + `debits` - `credits` - `payments`." },
	{ .name = "due", .type = FT_MONEY, .doc = "What is due on documents; `closing` is that less `unapplied`." },
	{ .name = "overdue", .type = FT_MONEY, .doc = "Of that, past its due date." },
	{ .name = "unapplied", .type = FT_MONEY, .doc = "What the customer has that no invoice has used." },
	{ .name = "movements", .type = FT_LIST, .u.of = { movement_out, 0 }, .doc = "In their order." },
	{ .name = "documents", .type = FT_LIST, .u.of = { document_out, 0 },
	  .doc = "Those that were due on the last day, or issued or paid since the first, as they stood on the last." },
	{ 0 }
};

static const struct field statement_out[] = {
	{ .name = "object", .type = FT_TEXT, .u.len = { 1, 20 }, .doc = "`account_statement`." },
	{ .name = "account_id", .type = FT_UUID, .doc = "Whose." },
	{ .name = "from", .type = FT_DATE, .doc = "The first day." },
	{ .name = "to", .type = FT_DATE, .doc = "The last day." },
	{ .name = "include_children", .type = FT_BOOL, .doc = "Whether the accounts below it are in it." },
	{ .name = "balances", .type = FT_LIST, .u.of = { balance_out, 0 }, .doc = "By seller and currency." },
	{ 0 }
};
/* clang-format on */

const struct route report_routes[] = {
	{ .method = M_GET,
	  .pattern = "/v1/accounts/{id}/statement",
	  .perm = P_INVOICE_READ,
	  .query = statement_query,
	  .out = statement_out,
	  .status = 200,
	  .run = account_statement,
	  .doc =
	      "What the account owes: before the first day, how it moved, after the last, and the "
	      "documents behind it, each with its debit and credit notes." },
	{ .method = M_GET,
	  .pattern = "/v1/accounts/{id}/statement/pdf",
	  .perm = P_INVOICE_READ,
	  .query = statement_query,
	  .status = 200,
	  .run = account_statement_pdf,
	  .media = "application/pdf",
	  .doc = "The statement on paper: a letter by each seller and currency, in the account's "
		 "language." },
	{ 0 },
};
