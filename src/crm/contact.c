/*
 * contact.c - people at a customer, and the places it is served at.
 *
 * A contact belongs to one account and may move to another; documents keep snapshots of
 * the contact that they were made for, so that moving or removing one changes no invoice.
 * Its roles say who buys, approves, pays and installs; mail about money goes to `billing`.
 */
#include <billfold/crm.h>
#include <billfold/resource/write.h>

static const char *const contact_roles[] = { "buyer", "approver", "billing", "technical", NULL };

static const struct field contact_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The account that the contact belongs to." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED | FF_FILTER | FF_SORT | FF_SEARCH,
	  .norm = "name_norm",
	  .u.len = { 1, 200 },
	  .doc = "Full name.",
	  .example = "Ann Huber" },
	{ .name = "email",
	  .type = FT_EMAIL,
	  .flags = FF_NULLABLE | FF_FILTER | FF_SEARCH,
	  .norm = "email_norm",
	  .u.len = { 3, 254 },
	  .doc = "E-mail address." },
	{ .name = "phone",
	  .type = FT_PHONE,
	  .flags = FF_NULLABLE,
	  .u.len = { 3, 40 },
	  .doc = "Telephone number, E.164 preferred." },
	{ .name = "title",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 200 },
	  .doc = "Position held.",
	  .example = "Office manager" },
	{ .name = "locale",
	  .type = FT_LOCALE,
	  .flags = FF_NULLABLE,
	  .doc = "Language of mail to this contact; else the account's." },
	{ .name = "roles",
	  .type = FT_ENUM_SET,
	  .u.words = contact_roles,
	  .doc = "What the contact does for the account; invoices go to `billing`.",
	  .example = "[\"billing\"]" },
	{ 0 }
};

static int
contact_prepare(struct call *c, struct write *w, struct err *err)
{
	const char *account;

	(void)c;
	(void)err;
	if (!w->create && write_value(w, "account_id", &account))
		write_before(w, "SELECT crm.contact_moves($1, $2)", w->id, account, FLUSH_END);
	return 0;
}

const struct resource contact_resource = {
	.name = "contact",
	.path = "contacts",
	.table = "crm.contact",
	.view = "crm.contact_view",
	.ops = OP_ALL,
	.read = P_ACCOUNT_READ,
	.write = P_ACCOUNT_WRITE,
	.fields = contact_fields,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.prepare = contact_prepare,
	.doc = "A person at an account.",
};

static const char *const location_kinds[] = { "ship_to", "service", NULL };

static const struct field location_fields[] = {
	{ .name = "account_id",
	  .type = FT_REF,
	  .flags = FF_REQUIRED | FF_CREATE | FF_FILTER,
	  .u.ref = "account",
	  .doc = "The account that is served there." },
	{ .name = "name",
	  .type = FT_TEXT,
	  .flags = FF_REQUIRED,
	  .u.len = { 1, 200 },
	  .doc = "What the place is called.",
	  .example = "Kitchen entrance" },
	{ .name = "kind",
	  .type = FT_ENUM,
	  .u.words = location_kinds,
	  .doc = "`ship_to` for goods, `service` for services given there." },
	{ .name = "address",
	  .type = FT_ADDRESS,
	  .flags = FF_NULLABLE,
	  .doc = "Its address; the place of supply of what goes there." },
	{ .name = "po_number",
	  .type = FT_TEXT,
	  .flags = FF_NULLABLE,
	  .u.len = { 1, 100 },
	  .doc = "Purchase order that its invoices name." },
	{ 0 }
};

const struct resource location_resource = {
	.name = "location",
	.path = "locations",
	.table = "crm.location",
	.view = "crm.location_view",
	.ops = OP_ALL,
	.read = P_ACCOUNT_READ,
	.write = P_ACCOUNT_WRITE,
	.fields = location_fields,
	.default_sort = "created_at,id",
	.custom = true,
	.archives = true,
	.external_ids = true,
	.doc = "A place of an account: where goods go or services are given.",
};
