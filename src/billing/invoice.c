/*
 * invoice.c - the invoice as a resource: what may be written while it is a draft, what is shown
 * ever after.
 *
 * All totals are computed here and never taken from a caller; expected_total is compared, so that a
 * clerical error is found before a number is used. Parties, contact, terms and tax profile of a
 * draft are its account's, read through; what a draft says for itself stays.
 */
#include "invoice.h"
#include "invoice_shown.h"

static const char *const tax_modes[] = { "per_group", "per_line", NULL };
const char *const invoice_kinds[] = { "standard",  "credit",  "debit",    "mixed", "timesheet",
				      "pro_forma", "interim", "past_due", NULL };
const char *const invoice_settles[] = { "credit", "refund", NULL };
const char *const invoice_statuses[] = { "draft", "pending_approval", "open", "partially_paid",
					 "paid",  "uncollectible",    "void", NULL };
static const char *const delivery_statuses[] = { "none",    "queued", "sent", "delivered",
						 "bounced", "failed", NULL };
static const char *const dispute_statuses[] = { "none", "disputed", "won", "lost", NULL };
static const char *const tax_categories[] = { "standard", "reduced",       "super_reduced",  "zero",
					      "exempt",   "outside_scope", "reverse_charge", NULL };

/* clang-format off */
const struct field invoice_line_fields[] = {
	{ .name = "description", .type = FT_TEXT, .u.len = { 1, 2000 },
	  .doc = "What is sold; the product's name where not given." },
	{ .name = "product_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "product",
	  .doc = "The product: gives name, unit, tax category and, in the document's currency, the price." },
	{ .name = "account_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "account",
	  .doc = "Who consumed it, where that is not the payer." },
	{ .name = "quantity", .type = FT_DECIMAL, .doc = "How many; 1 where not given. Below zero only on credit notes and mixed documents." },
	{ .name = "unit_price", .type = FT_DECIMAL,
	  .doc = "Major units for base_quantity units, up to 12 places, not negative." },
	{ .name = "base_quantity", .type = FT_DECIMAL,
	  .doc = "How many units the price is for: 60 for minutes at a price by the hour." },
	{ .name = "unit", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 40 }, .doc = "Unit of the quantity." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE,
	  .doc = "Discount on this line, 0 to 100." },
	{ .name = "tax_category", .type = FT_ENUM, .flags = FF_NULLABLE, .u.words = tax_categories,
	  .doc = "As asked for when written (else the product's); as decided when read." },
	{ .name = "tax_rate", .type = FT_DECIMAL, .flags = FF_NULLABLE,
	  .doc = "Percent; where not given, the rate of place, category and date." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_READ_ONLY,
	  .doc = "round(quantity x unit_price / base_quantity), in minor units." },
	{ .name = "discount", .type = FT_MONEY, .flags = FF_READ_ONLY,
	  .doc = "The line's own discount and its share of the document's." },
	{ .name = "net", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "What is charged, without tax." },
	{ .name = "tax", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Its share of its tax group." },
	{ .name = "deal_line_id", .type = FT_UUID, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The line of the deal that it bills." },
	{ .name = "original_invoice_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "invoice",
	  .doc = "The document whose line it gives back of, or adds to." },
	{ .name = "original_line_id", .type = FT_UUID, .flags = FF_NULLABLE,
	  .doc = "That line. What is not said here, its price and tax treatment too, is that line's." },
	{ .name = "original_quantity", .type = FT_DECIMAL, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "So many of that line's units; null where it was given back by amount." },
	{ .name = "project", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 200 }, .doc = "What it was done for." },
	{ .name = "discount_reason", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 500 },
	  .doc = "Why less is asked for than was charged." },
	{ .name = "period_start", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The first day that it charges for." },
	{ .name = "period_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The first day that it no longer charges for." },
	{ .name = "subscription_item_id", .type = FT_UUID, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The subscription's item that it charges for." },
	{ 0 }
};

const struct resource invoice_line_resource = {
	.name = "invoice_line",
	.table = "billing.invoice_line",
	.read = P_INVOICE_READ,
	.write = P_INVOICE_WRITE,
	.fields = invoice_line_fields,
	.doc = "A line of an invoice.",
};

static const struct field invoice_fields[] = {
	{ .name = "kind", .type = FT_ENUM, .flags = FF_CREATE, .u.words = invoice_kinds,
	  .doc = "What kind of document it is: `standard` where not given. `debit` adds to `original_invoice_id`; `mixed` asks for something and "
		 "gives something back; `credit` with `standalone` gives what no document asked for. A credit note of a document is made by its "
		 "action `credit`; other kinds are not made here." },
	{ .name = "status", .type = FT_ENUM, .flags = FF_READ_ONLY | FF_FILTER, .u.words = invoice_statuses,
	  .doc = "draft, open, partially_paid, paid, uncollectible, void." },
	{ .name = "account_id", .type = FT_REF, .flags = FF_REQUIRED | FF_CREATE | FF_FILTER, .u.ref = "account",
	  .doc = "The customer; the invoice is its payer's, where it bills to its parent." },
	{ .name = "entity_id", .type = FT_REF, .flags = FF_CREATE, .u.ref = "entity",
	  .doc = "The seller; the account's, else the tenant's default one." },
	{ .name = "deal_id", .type = FT_REF, .flags = FF_CREATE | FF_NULLABLE | FF_FILTER, .u.ref = "deal",
	  .doc = "The deal that it bills." },
	{ .name = "subscription_id", .type = FT_REF, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.ref = "subscription",
	  .doc = "The subscription that it bills." },
	{ .name = "period_start", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The bill date of the subscription that it is for; null on documents of changes." },
	{ .name = "period_end", .type = FT_DATE, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "The next bill date: the first day that it is not for." },
	{ .name = "location_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "location",
	  .doc = "Where it is supplied to: decides on tax before the invoice address." },
	{ .name = "contact_id", .type = FT_REF, .flags = FF_NULLABLE, .u.ref = "contact",
	  .doc = "Whom it goes to, where that is not the account's billing contact; counts while it is the account's." },
	{ .name = "original_invoice_id", .type = FT_REF, .flags = FF_CREATE | FF_NULLABLE | FF_FILTER, .u.ref = "invoice",
	  .doc = "The document that it credits, or that a debit note adds to." },
	{ .name = "standalone", .type = FT_BOOL, .flags = FF_CREATE | FF_SECRET, .doc = "A credit note of its own: `reason` says why." },
	{ .name = "reason", .type = FT_TEXT, .flags = FF_CREATE | FF_NULLABLE, .u.len = { 1, 1000 },
	  .doc = "Why a credit or debit note was made; printed on it." },
	{ .name = "settle", .type = FT_ENUM, .flags = FF_CREATE, .u.words = invoice_settles,
	  .doc = "What becomes of what a document gives back beyond what was due: the account's `credit`, or a `refund`." },
	{ .name = "owner_id", .type = FT_REF, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NULLABLE, .u.ref = "user",
	  .doc = "The account's owner; as it was when the document became final." },
	{ .name = "number", .type = FT_TEXT, .flags = FF_READ_ONLY | FF_NULLABLE | FF_FILTER, .u.len = { 1, 100 },
	  .doc = "Given when it becomes final, without gaps." },
	{ .name = "issue_date", .type = FT_DATE, .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "The day of finalizing where not given; not before the last of its series." },
	{ .name = "due_date", .type = FT_DATE, .flags = FF_NULLABLE | FF_FILTER | FF_SORT,
	  .doc = "Issue date and payment terms where not given." },
	{ .name = "supply_date", .type = FT_DATE, .flags = FF_NULLABLE,
	  .doc = "Day of delivery: decides on tax; the issue date where not given." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_CREATE,
	  .doc = "The account's, else the seller's where not given." },
	{ .name = "exponent", .type = FT_INT, .flags = FF_READ_ONLY, .u.num = { 0, 4 },
	  .doc = "Digits of the currency's minor unit." },
	{ .name = "exchange_rate", .type = FT_DECIMAL, .flags = FF_NULLABLE,
	  .doc = "Units of the seller's base currency for one of the document's." },
	{ .name = "po_number", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 1, 100 },
	  .doc = "Purchase order; the account's standing one where not given." },
	{ .name = "payment_terms", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 0, 365 },
	  .doc = "Days from issue to due date; the account's where not given." },
	{ .name = "invoice_address", .type = FT_ADDRESS, .flags = FF_NULLABLE,
	  .doc = "The payer's address; the account's where not given." },
	{ .name = "tax_mode", .type = FT_ENUM, .u.words = tax_modes,
	  .doc = "Tax of each (category, rate) group's sum, or of each line; the tenant's choice where not given." },
	{ .name = "tax_inclusive", .type = FT_BOOL, .doc = "Unit prices contain their tax." },
	{ .name = "discount_percent", .type = FT_DECIMAL, .flags = FF_NULLABLE,
	  .doc = "Discount on the whole, split over the lines." },
	{ .name = "discount_amount", .type = FT_MONEY,
	  .doc = "A further discount on the whole in minor units, split over the lines." },
	{ .name = "cash_rounding", .type = FT_INT, .u.num = { 0, 100000 },
	  .doc = "What is payable is a multiple of it in minor units (CHF 5); 0: no rounding." },
	{ .name = "subtotal", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Sum of the lines' amounts." },
	{ .name = "discount_total", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Sum of all discounts." },
	{ .name = "net_total", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Sum of the lines' nets, without tax." },
	{ .name = "tax_total", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Sum of the groups' taxes." },
	{ .name = "total", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "net_total and tax_total." },
	{ .name = "rounding", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Cash rounding." },
	{ .name = "payable", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "total and rounding." },
	{ .name = "credited", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Settled by credit notes." },
	{ .name = "paid", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Settled by payments." },
	{ .name = "written_off", .type = FT_MONEY, .flags = FF_READ_ONLY, .doc = "Given up." },
	{ .name = "amount_due", .type = FT_MONEY, .flags = FF_READ_ONLY,
	  .doc = "payable less what was credited, paid and written off; never negative." },
	{ .name = "amount_processing", .type = FT_MONEY, .flags = FF_READ_ONLY,
	  .doc = "Under way, in minor units: the payer's bank has been told to pay it and takes days, as for a direct debit. It is due "
		 "until it is paid; meanwhile no other attempt begins, and nobody is reminded." },
	{ .name = "overdue", .type = FT_BOOL, .flags = FF_COMPUTED | FF_READ_ONLY,
	  .doc = "Something is due and the due date has passed." },
	{ .name = "days_overdue", .type = FT_INT, .flags = FF_COMPUTED | FF_READ_ONLY, .u.num = { 0, INT32_MAX },
	  .doc = "Days since the due date while overdue, else 0." },
	{ .name = "payer", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_payer_fields, 0 },
	  .doc = "Who pays: account_name, legal_name, invoice_address, tax_id, tax_settings; a snapshot once final." },
	{ .name = "billing_contact", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED | FF_NULLABLE,
	  .u.of = { shown_contact_fields, 0 },
	  .doc = "Whom it goes to: {id, name, email}; a snapshot once final." },
	{ .name = "tax_settings", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_tax_settings_fields, 0 },
	  .doc = "The payer's tax profile; a snapshot once final." },
	{ .name = "seller", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_seller_fields, 0 },
	  .doc = "Who sells; a snapshot once final." },
	{ .name = "ship_to", .type = FT_JSON, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED | FF_NULLABLE,
	  .u.of = { shown_ship_to_fields, 0 },
	  .doc = "The location; a snapshot once final." },
	{ .name = "taxes", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_tax_fields, 0 },
	  .doc = "Groups: {category, rate, name, base, tax}." },
	{ .name = "creditable", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NAMED,
	  .u.of = { shown_creditable_fields, 0 },
	  .doc = "What is left of each line that may still be given back, once final: {line_id, net, tax, amount}; lines of which nothing "
		 "is left are not named. Shown where `fields` names it." },
	{ .name = "links", .type = FT_REF_LIST, .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_link_fields, 0 },
	  .doc = "Documents that correct it or that it corrects: {relation, invoice_id, kind, number, status, total}; relation is "
		 "`credits`, `debits` of what this one does, `credited_by`, `debited_by` of what is done to it." },
	{ .name = "approvals", .type = FT_REF_LIST, .flags = FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { shown_approval_fields, 0 },
	  .doc = "Who has reviewed it: {actor, actor_id, approved_at, holds}; `holds` is false once it says something else than "
		 "what they saw, null when it is final." },
	{ .name = "finalized_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When it became final." },
	{ .name = "sent_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When it was first sent." },
	{ .name = "reminded_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When its payer was last reminded of it, by the tenant's clock." },
	{ .name = "voided_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE, .doc = "When it was voided." },
	{ .name = "rederived_at", .type = FT_TIME, .flags = FF_READ_ONLY | FF_NULLABLE,
	  .doc = "When a change of the account last changed this draft." },
	{ .name = "delivery_status", .type = FT_ENUM, .flags = FF_READ_ONLY, .u.words = delivery_statuses,
	  .doc = "How far its mail has come." },
	{ .name = "dispute_status", .type = FT_ENUM, .flags = FF_READ_ONLY, .u.words = dispute_statuses,
	  .doc = "Whether a payment of it is disputed." },
	{ .name = "notes", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 5000 }, .doc = "Printed on the document." },
	{ .name = "memo", .type = FT_TEXT, .flags = FF_NULLABLE, .u.len = { 0, 5000 },
	  .doc = "For your people; may change on a final document too." },
	{ .name = "finalize", .type = FT_BOOL, .flags = FF_CREATE | FF_SECRET, .write = P_INVOICE_FINALIZE,
	  .doc = "Make it final at once." },
	{ .name = "expected_total", .type = FT_MONEY, .flags = FF_SECRET,
	  .doc = "What total should come out; another one is refused." },
	{ 0 }
};

static const struct child invoice_children[] = {
	{ .name = "lines", .resource = &invoice_line_resource, .parent_column = "invoice_id", .writable = true,
	  .ordered = true, .max = LINES_MAX },
	{ 0 }
};

static const struct action invoice_actions[] = {
	{ .name = "finalize", .perm = P_INVOICE_FINALIZE, .in = finalize_in, .run = invoice_finalize,
	  .run_set = invoice_finalize_set,
	  .doc = "Makes a draft final: number, snapshots, journal entry, PDF. 409 `approval_required` where the tenant's settings "
		 "(`billing.review_required`, `billing.discount_limit`) ask for approvals that it does not have." },
	{ .name = "submit", .perm = P_INVOICE_WRITE, .run = invoice_submit,
	  .doc = "Puts a draft into the review queue, `status=pending_approval`; what a won deal brings is there already "
		 "where it takes an approval." },
	{ .name = "approve", .perm = P_INVOICE_FINALIZE, .run = invoice_approve,
	  .doc = "Approves a draft as it is now. Not by who wrote it; a later change of it takes the approval back." },
	{ .name = "reject", .perm = P_INVOICE_FINALIZE, .in = reject_in, .run = invoice_reject,
	  .doc = "Sends a draft that waits for its review back to its author." },
	{ .name = "send", .perm = P_INVOICE_SEND, .run = invoice_send,
	  .doc = "Mails a final document to the account's billing contacts; again, where it was sent before." },
	{ .name = "credit", .perm = P_INVOICE_WRITE, .in = credit_in, .status = 201, .run = invoice_credit,
	  .doc = "A credit note of a final document: of lines by units or by amount, or of all that is left. It is a draft, or final at once. "
		 "What it gives back settles what is due; what had been paid is the account's credit, or goes back. Never more than a line "
		 "has left: 422 `over_credit`." },
	{ .name = "preview_credit", .perm = P_INVOICE_READ, .in = credit_in, .out = invoice_preview_out, .run = invoice_preview_credit,
	  .doc = "What that credit note would be, and what becomes of what it gives back: refused as the credit note would be; nothing is written." },
	{ .name = "void", .perm = P_INVOICE_VOID, .in = void_in, .run = invoice_void,
	  .doc = "Takes a final document back that nothing has settled; it keeps its number. Before it was sent, and while its period is open, "
		 "by its state alone; after that by a credit note of all of it, which `links` names: the document is there, and nothing is due on it." },
	{ 0 }
};
/* clang-format on */

const struct resource invoice_resource = {
	.name = "invoice",
	.path = "invoices",
	.table = "billing.invoice",
	.view = "billing.invoice_view",
	.ops = OP_ALL,
	.read = P_INVOICE_READ,
	.write = P_INVOICE_WRITE,
	.discard = P_INVOICE_VOID,
	.fields = invoice_fields,
	.children = invoice_children,
	.actions = invoice_actions,
	.default_sort = "created_at,id",
	.custom = true,
	.external_ids = true,
	.prepare = invoice_prepare,
	.remove = invoice_remove,
	.doc = "A document that asks for money.",
};
