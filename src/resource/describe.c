/*
 * describe.c - fields and resources in words.
 */
#include "describe.h"

static const char *const type_words[] = {
	[FT_TEXT] = "text",       [FT_EMAIL] = "email",       [FT_URL] = "url",
	[FT_PHONE] = "phone",     [FT_INT] = "integer",       [FT_MONEY] = "money",
	[FT_DECIMAL] = "decimal", [FT_BOOL] = "boolean",      [FT_DATE] = "date",
	[FT_TIME] = "instant",    [FT_UUID] = "uuid",         [FT_REF] = "reference",
	[FT_ENUM] = "enum",       [FT_ENUM_SET] = "enum_set", [FT_CURRENCY] = "currency",
	[FT_COUNTRY] = "country", [FT_LOCALE] = "locale",     [FT_ZONE] = "time_zone",
	[FT_ADDRESS] = "address", [FT_JSON] = "json",         [FT_REF_LIST] = "list",
	[FT_OBJECT] = "object",   [FT_LIST] = "objects",      [FT_IDS] = "ids",
	[FT_TEXTS] = "texts",     [FT_INTS] = "integers",
};

const struct op_word op_words[] = {
	{ OP_CREATE, "create" },
	{ OP_READ, "read" },
	{ OP_UPDATE, "update" },
	{ OP_DELETE, "delete" },
	{ OP_LIST, "list" },
	{ OP_BATCH, "batch" },
	{ OP_SEARCH, "search" },
	{ OP_AGGREGATE, "aggregate" },
	{ OP_BULK, "bulk" },
	{ OP_IMPORT, "import" },
	{ 0, NULL },
};

const char *
field_type_word(enum field_type t)
{
	return type_words[t];
}

unsigned
resource_ops(const struct resource *res)
{
	const unsigned many = OP_BATCH | OP_IMPORT;

	return res->create ? res->ops & ~many : res->ops;
}

const char *
field_label(struct arena *a, const struct field *f)
{
	char *label;
	size_t len;

	if (f->label)
		return f->label;
	label = arena_strdup(a, f->name);
	len = strlen(label);
	if (len > 3 && strcmp(label + len - 3, "_id") == 0)
		label[len - 3] = '\0';
	for (char *p = label; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
	if (*label >= 'a' && *label <= 'z')
		*label = (char)(*label - 'a' + 'A');
	return label;
}

bool
field_can_write(const struct field *f, bool create)
{
	if (f->flags & (FF_READ_ONLY | FF_COMPUTED))
		return false;
	return create || !(f->flags & FF_CREATE);
}

const char *
type_name(struct arena *a, const char *name)
{
	struct sb sb;
	bool up = true;

	sb_init(&sb, a, 200);
	for (const char *p = name; *p; p++) {
		bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			    (*p >= '0' && *p <= '9');

		if (word)
			sb_addc(&sb, up && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
		up = !word;
	}
	return sb_z(&sb);
}

const char *
method_word(enum method m)
{
	static const char *const words[] = { "get", "head",   "post",    "patch",
					     "put", "delete", "options", "other" };

	return words[m];
}
