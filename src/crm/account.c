/*
 * account.c - the customer organisation, one record for sales and billing.
 *
 * There is no second customer for billing: terms, tax profile and addresses are typed fields
 * here, guarded so that sales reads and only billing changes them. Drafts read them through;
 * a change of terms or tax re-derives the account's drafts in the same transaction, and open
 * invoices keep the snapshots that they were finalized with.
 */
#include <billfold/crm.h>
#include <billfold/resource/write.h>

static const char *const account_states[] = { "active", "closed", NULL };
static const char *const bill_to_words[] = { "self", "parent", NULL };
static const char *const cycle_words[] = { "monthly", "quarterly", "half_yearly", "yearly", NULL };
static const char *const tax_categories[] = { "standard", "exempt", "reverse_charge", NULL };

static const struct field billing_contact_fields[] = {
	{ .name = "id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED,
	  .u.ref = "contact",
	  .doc = "The contact." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .doc = "Name.",
	  .example = "Ann Huber" },
	{ .name = "email", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Address." },
	{ 0 }
};

static const struct field tax_settings_fields[] = { { .name = "tax_id",
						      .type = FT_TEXT,
						      .flags = FF_REQUIRED | FF_NULLABLE,
						      .doc = "Tax number." },
						    { .name = "category",
						      .type = FT_TEXT,
						      .flags = FF_REQUIRED | FF_NULLABLE,
						      .doc = "Tax category." },
						    { .name = "exemption_reason",
						      .type = FT_TEXT,
						      .flags = FF_REQUIRED | FF_NULLABLE,
						      .doc = "Why no tax is due." },
						    { .name = "exemption_certificate",
						      .type = FT_TEXT,
						      .flags = FF_REQUIRED | FF_NULLABLE,
						      .doc = "The certificate that says so." },
						    { .name = "exemption_valid_to",
						      .type = FT_DATE,
						      .flags = FF_REQUIRED | FF_NULLABLE,
						      .doc = "Until when it does." },
						    { 0 } };

static const struct field balance_fields[] = {
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_REQUIRED, .doc = "ISO 4217." },
	{ .name = "amount_due",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .doc = "What is due on open invoices." },
	{ .name = "overdue",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .doc = "What of it is overdue." },
	{ .name = "unapplied",
	  .type = FT_MONEY,
	  .flags = FF_REQUIRED,
	  .doc = "Money received and not yet used." },
	{ 0 }
};

static const struct field account_fields[] = {
	{ .name = "legal_name",
	  .type = FT_TEXT,
	  .norm = "legal_name_norm",
	  .u.len = { 1, 200 },
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .doc = "Name of the entity that pays, as on its register entry." },
	{ .name = "account_name",
	  .type = FT_TEXT,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .flags = FF_FILTER | FF_SORT | FF_SEARCH,
	  .doc = "What your people call it; the legal name where not given." },
	{ .name = "email",
	  .type = FT_EMAIL,
	  .norm = "email_norm",
	  .u.len = { 3, 254 },
	  .flags = FF_NULLABLE | FF_FILTER | FF_SEARCH,
	  .doc = "General e-mail address." },
	{ .name = "phone",
	  .type = FT_PHONE,
	  .flags = FF_NULLABLE,
	  .u.len = { 3, 40 },
	  .doc = "Telephone number, E.164 preferred." },
	{ .name = "website",
	  .type = FT_URL,
	  .flags = FF_NULLABLE,
	  .u.len = { 4, 500 },
	  .doc = "Web site." },
	{ .name = "sector",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.len = { 1, 100 },
	  .doc = "Line of business." },
	{ .name = "parent_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The account that this one belongs to; no cycles." },
	{ .name = "owner_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.ref = "user",
	  .doc = "Who looks after the account." },
	{ .name = "state",
	  .type = FT_ENUM,
	  .flags = FF_FILTER,
	  .write = P_BILLING_TERMS,
	  .u.words = account_states,
	  .doc = "Nothing new is billed to a closed account." },
	{ .name = "invoice_address",
	  .type = FT_ADDRESS,
	  .flags = FF_NULLABLE,
	  .doc = "Address on invoices; its country decides on tax." },
	{ .name = "shipping_address",
	  .type = FT_ADDRESS,
	  .flags = FF_NULLABLE,
	  .doc = "Where goods go, unless a location is named." },
	{ .name = "country",
	  .type = FT_COUNTRY,
	  .flags = FF_READ_ONLY | FF_FILTER,
	  .doc = "Country of the invoice address." },
	{ .name = "service_tier",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .u.len = { 1, 50 },
	  .doc = "Level of service agreed." },
	{ .name = "time_zone",
	  .type = FT_ZONE,
	  .flags = FF_NULLABLE,
	  .doc = "Billing time zone; else the entity's." },
	{ .name = "locale",
	  .type = FT_LOCALE,
	  .flags = FF_NULLABLE,
	  .doc = "Language of documents and mail; else the entity's." },
	{ .name = "notes",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 0, 20000 },
	  .doc = "For your people; never on documents." },

	/* What billing alone changes. */
	{ .name = "bill_to",
	  .type = FT_ENUM,
	  .write = P_BILLING_TERMS,
	  .u.words = bill_to_words,
	  .doc =
	      "`parent`: the parent's payer receives the invoices; eight levels above at most." },
	{ .name = "entity_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.ref = "entity",
	  .doc = "The seller; else the tenant's default entity." },
	{ .name = "currency",
	  .type = FT_CURRENCY,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .doc = "Currency of new documents; else the entity's." },
	{ .name = "payment_terms",
	  .type = FT_INT,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.num = { 0, 365 },
	  .doc = "Days from issue to due date; null follows the entity's, which are shown then." },
	{ .name = "billing_cycle",
	  .type = FT_ENUM,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.words = cycle_words,
	  .doc = "How often recurring charges are billed." },
	{ .name = "po_required",
	  .type = FT_BOOL,
	  .write = P_BILLING_TERMS,
	  .doc = "No invoice is finalized without a purchase order number." },
	{ .name = "po_number",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "Standing purchase order, for documents that name none." },
	{ .name = "dunning_policy_id",
	  .type = FT_REF,
	  .flags = FF_NULLABLE | FF_FILTER,
	  .write = P_BILLING_TERMS,
	  .u.ref = "dunning_policy",
	  .doc = "How what is due is collected; else the tenant's default policy." },
	{ .name = "tax_id",
	  .type = FT_TEXT,
	  .norm = "tax_id_norm",
	  .write = P_BILLING_TERMS,
	  .flags = FF_NULLABLE,
	  .u.len = { 2, 40 },
	  .doc = "VAT or other tax number." },
	{ .name = "tax_category",
	  .type = FT_ENUM,
	  .write = P_BILLING_TERMS,
	  .u.words = tax_categories,
	  .doc = "How sales to the account are taxed." },
	{ .name = "exemption_reason",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.len = { 1, 200 },
	  .doc = "Why it is exempt; required for `exempt`." },
	{ .name = "exemption_certificate",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .u.len = { 1, 100 },
	  .doc = "Number of the certificate." },
	{ .name = "exemption_valid_to",
	  .type = FT_DATE,
	  .flags = FF_NULLABLE,
	  .write = P_BILLING_TERMS,
	  .doc = "Last day on which the exemption holds; after it, tax is charged." },

	/* What the rest of the house knows about the account. */
	{ .name = "billing_contact",
	  .type = FT_JSON,
	  .flags = FF_COMPUTED | FF_READ_ONLY,
	  .u.of = { billing_contact_fields, 0 },
	  .doc = "The first contact with the role `billing`: {id, name, email}." },
	{ .name = "tax_settings",
	  .type = FT_JSON,
	  .flags = FF_COMPUTED | FF_READ_ONLY,
	  .u.of = { tax_settings_fields, 0 },
	  .doc = "Tax number, category and exemption, together." },
	{ .name = "payment_status",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_READ_ONLY,
	  .u.len = { 0, 20 },
	  .doc = "`none`, `paid`, `open` or `overdue`, from the open invoices." },
	{ .name = "balances",
	  .type = FT_REF_LIST,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.of = { balance_fields, 0 },
	  .doc = "For each currency: amount_due, overdue and unapplied credit, in minor units." },
	{ .name = "invoices",
	  .type = FT_REF_LIST,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .doc = "Ids of the newest 50 invoices." },
	{ .name = "invoices_count",
	  .type = FT_INT,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.num = { 0, INT64_MAX },
	  .doc = "How many invoices there are." },
	{ .name = "invoices_url",
	  .type = FT_TEXT,
	  .flags = FF_COMPUTED | FF_READ_ONLY | FF_NOT_LISTED,
	  .u.len = { 0, 200 },
	  .doc = "Where all of them are listed." },
	{ 0 }
};

static const struct child account_children[] = { { .name = "contacts",
						   .resource = &contact_resource,
						   .parent_column = "account_id",
						   .writable = true,
						   .max = 200 },
						 { .name = "locations",
						   .resource = &location_resource,
						   .parent_column = "account_id",
						   .writable = true,
						   .max = 200 },
						 { 0 } };

/* What a new account lacks that the database would refuse in fewer words. */
static void
check_new(struct write *w, struct err *err)
{
	const char *value;

	if (write_value(w, "bill_to", &value) && value && strcmp(value, "parent") == 0 &&
	    !(write_value(w, "parent_id", &value) && value))
		write_refuse(w, err, "/parent_id", "required",
			     "Is required to bill to the parent.");
	if (write_value(w, "tax_category", &value) && value && strcmp(value, "exempt") == 0 &&
	    !(write_value(w, "exemption_reason", &value) && value))
		write_refuse(w, err, "/exemption_reason", "required",
			     "Is required for an exempt account.");
}

static int
account_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *name;

	(void)c;
	if (w->create)
		check_new(w, err);
	if (w->create && !write_value(w, "account_name", &name) &&
	    write_value(w, "legal_name", &name))
		write_set(w, "account_name", name);
	return 0;
}

const struct resource account_resource = {
	.name = "account",
	.path = "accounts",
	.table = "crm.account",
	.view = "crm.account_view",
	.ops = OP_ALL,
	.read = P_ACCOUNT_READ,
	.write = P_ACCOUNT_WRITE,
	.fields = account_fields,
	.children = account_children,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.prepare = account_prepare,
	.doc = "A customer organisation.",
};
