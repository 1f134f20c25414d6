/*
 * invoice_shown.c - see invoice_shown.h.
 */
#include "invoice_shown.h"

/* clang-format off */
const struct field shown_contact_fields[] = {
	{ .name = "id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "contact", .doc = "The contact." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Name.", .example = "Ann Huber" },
	{ .name = "email", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Address." },
	{ 0 }
};
const struct field shown_tax_settings_fields[] = {
	{ .name = "tax_id", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Tax number." },
	{ .name = "category", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Tax category." },
	{ .name = "exemption_reason", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Why no tax is due." },
	{ .name = "exemption_certificate", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "The certificate that says so." },
	{ .name = "exemption_valid_to", .type = FT_DATE, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Until when it does." },
	{ 0 }
};
const struct field shown_payer_fields[] = {
	{ .name = "account_id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "account", .doc = "The account." },
	{ .name = "account_name", .type = FT_TEXT, .flags = 0, .doc = "What it is called." },
	{ .name = "legal_name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Name on its register entry." },
	{ .name = "email", .type = FT_TEXT, .flags = 0, .doc = "Address." },
	{ .name = "invoice_address", .type = FT_ADDRESS, .flags = 0, .doc = "Where it is billed." },
	{ .name = "tax_id", .type = FT_TEXT, .flags = 0, .doc = "Tax number." },
	{ .name = "locale", .type = FT_LOCALE, .flags = 0, .doc = "Language of its documents." },
	{ .name = "time_zone", .type = FT_ZONE, .flags = 0, .doc = "Its time zone." },
	{ .name = "tax_settings", .type = FT_JSON, .flags = 0, .u.of = { shown_tax_settings_fields, 0 }, .doc = "Its tax profile." },
	{ 0 }
};
static const struct field bank_fields[] = {
	{ .name = "label", .type = FT_TEXT, .flags = 0, .doc = "What it is called." },
	{ .name = "holder", .type = FT_TEXT, .flags = 0, .doc = "Whose it is.", .example = "Kessel und Rohr GmbH" },
	{ .name = "bank", .type = FT_TEXT, .flags = 0, .doc = "The bank." },
	{ .name = "iban", .type = FT_TEXT, .flags = 0, .doc = "IBAN." },
	{ .name = "bic", .type = FT_TEXT, .flags = 0, .doc = "BIC." },
	{ .name = "account_number", .type = FT_TEXT, .flags = 0, .doc = "Number." },
	{ .name = "routing_number", .type = FT_TEXT, .flags = 0, .doc = "Routing number." },
	{ .name = "currency", .type = FT_CURRENCY, .flags = 0, .doc = "ISO 4217." },
	{ 0 }
};
const struct field shown_seller_fields[] = {
	{ .name = "entity_id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "entity", .doc = "The entity." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What it is called.", .example = "Kessel und Rohr" },
	{ .name = "legal_name", .type = FT_TEXT, .flags = 0, .doc = "Name on its register entry.", .example = "Kessel und Rohr GmbH" },
	{ .name = "address", .type = FT_ADDRESS, .flags = 0, .doc = "Its address." },
	{ .name = "email", .type = FT_TEXT, .flags = 0, .doc = "Address." },
	{ .name = "phone", .type = FT_TEXT, .flags = 0, .doc = "Number." },
	{ .name = "tax_id", .type = FT_TEXT, .flags = 0, .doc = "Tax number." },
	{ .name = "registration_number", .type = FT_TEXT, .flags = 0, .doc = "Register number." },
	{ .name = "bank_accounts", .type = FT_LIST, .flags = 0, .u.of = { bank_fields, 0 }, .doc = "Where money goes." },
	{ .name = "logo_file_id", .type = FT_UUID, .flags = 0, .doc = "Its logo." },
	{ .name = "invoice_footer", .type = FT_TEXT, .flags = 0, .doc = "What stands below." },
	{ .name = "locale", .type = FT_LOCALE, .flags = 0, .doc = "Its language." },
	{ .name = "time_zone", .type = FT_ZONE, .flags = 0, .doc = "Its time zone." },
	{ .name = "base_currency", .type = FT_CURRENCY, .flags = 0, .doc = "Of its books." },
	{ 0 }
};
const struct field shown_ship_to_fields[] = {
	{ .name = "id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "location", .doc = "The location." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What it is called.", .example = "Kitchen entrance" },
	{ .name = "address", .type = FT_ADDRESS, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Where it is." },
	{ 0 }
};
const struct field shown_tax_fields[] = {
	{ .name = "category", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Tax category." },
	{ .name = "rate", .type = FT_DECIMAL, .flags = FF_REQUIRED, .doc = "Percent." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "What the tax is called.", .example = "VAT" },
	{ .name = "base", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What it is of." },
	{ .name = "tax", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "The tax." },
	{ 0 }
};
const struct field shown_creditable_fields[] = {
	{ .name = "line_id", .type = FT_UUID, .flags = FF_REQUIRED, .doc = "The line." },
	{ .name = "net", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "What is left of its net." },
	{ .name = "tax", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Of its tax." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Of both." },
	{ 0 }
};
const struct field shown_link_fields[] = {
	{ .name = "relation", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "What one does to the other.", .example = "credits" },
	{ .name = "invoice_id", .type = FT_REF, .flags = FF_REQUIRED, .u.ref = "invoice", .doc = "The other." },
	{ .name = "kind", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Its kind.", .example = "credit" },
	{ .name = "number", .type = FT_TEXT, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Its number." },
	{ .name = "status", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Its status.", .example = "open" },
	{ .name = "total", .type = FT_MONEY, .flags = FF_REQUIRED, .doc = "Its total." },
	{ 0 }
};
const struct field shown_approval_fields[] = {
	{ .name = "actor", .type = FT_TEXT, .flags = FF_REQUIRED, .doc = "Who." },
	{ .name = "actor_id", .type = FT_UUID, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Their id." },
	{ .name = "approved_at", .type = FT_TIME, .flags = FF_REQUIRED, .doc = "When." },
	{ .name = "holds", .type = FT_BOOL, .flags = FF_REQUIRED | FF_NULLABLE, .doc = "Whether it still says what they saw; null when it is final." },
	{ 0 }
};
/* clang-format on */
