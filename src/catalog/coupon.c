/*
 * coupon.c - a discount that subscriptions take by its code.
 *
 * What it is worth is fixed when it is made: who has taken it keeps what was said. How long and how
 * often it can be taken may be changed.
 */
#include <billfold/base/money.h>
#include <billfold/catalog.h>
#include <billfold/resource/write.h>

/* clang-format off */
static const struct field coupon_fields[] = {
	{ .name = "code", .type = FT_TEXT, .norm = "code_norm", .flags = FF_REQUIRED | FF_FILTER, .u.len = { 1, 100 },
	  .doc = "What customers are told, unique in any case of letters." },
	{ .name = "name", .type = FT_TEXT, .flags = FF_REQUIRED, .u.len = { 1, 200 }, .doc = "What documents call it.", .example = "Early order" },
	{ .name = "percent", .type = FT_DECIMAL, .flags = FF_CREATE | FF_NULLABLE | FF_POSITIVE, .u.num = { 0, 100 },
	  .doc = "So much of what the discounts before it have left." },
	{ .name = "amount", .type = FT_MONEY, .flags = FF_CREATE | FF_NULLABLE, .u.num = { 1, MONEY_MAX },
	  .doc = "Or so much, in minor units of `currency`, but never more than is left.", .example = "" },
	{ .name = "currency", .type = FT_CURRENCY, .flags = FF_CREATE | FF_NULLABLE, .doc = "Currency of the amount; taken by subscriptions in it alone.", .example = "" },
	{ .name = "periods", .type = FT_INT, .flags = FF_CREATE | FF_NULLABLE, .u.num = { 1, 1000 },
	  .doc = "Invoices that it lowers; null: all." },
	{ .name = "product_ids", .type = FT_IDS, .flags = FF_CREATE | FF_NULLABLE, .doc = "Lowers what is charged for these products alone; null: and for no `charges`, all.", .example = "" },
	{ .name = "charges", .type = FT_TEXTS, .flags = FF_CREATE | FF_NULLABLE, .u.len = { 1, 100 }, .doc = "Lowers these charges of plans alone, by their codes.", .example = "" },
	{ .name = "valid_to", .type = FT_DATE, .flags = FF_NULLABLE, .doc = "The last day on which it can be taken." },
	{ .name = "redemptions_max", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, INT32_MAX }, .doc = "How often it can be taken in all." },
	{ .name = "redemptions_max_per_account", .type = FT_INT, .flags = FF_NULLABLE, .u.num = { 1, INT32_MAX },
	  .doc = "How often one account can take it, on all its subscriptions." },
	{ .name = "redemptions", .type = FT_INT, .flags = FF_READ_ONLY, .u.num = { 0, INT32_MAX },
	  .doc = "How often it has been taken. What came to nothing is given back: its subscription is over, or it was taken off again, before it has lowered "
		 "a document." },
	{ 0 }
};
/* clang-format on */

/* For nothing at all there is no coupon. */
static void
refuse_empty(struct write *w, const char *member, const char *pointer, struct err *err)
{
	struct json_object *list = jval_get(w->body, member);

	if (json_object_is_type(list, json_type_array) && json_object_array_length(list) == 0)
		write_refuse(w, err, pointer, "required", "At least one; null: for all.");
}

/* Each is one of this tenant's. */
static void
name_products(struct write *w)
{
	struct arena *a = w->c->arena;
	struct json_object *list = jval_get(w->body, "product_ids");

	for (size_t i = 0; i < jval_length(list); i++)
		*vec_push(a, &w->refs) = (struct write_ref){
			.table = "catalog.product",
			.column = "id",
			.type = "uuid",
			.what = "product",
			.value = json_object_get_string(json_object_array_get_idx(list, i)),
			.pointer = arena_printf(a, "%s/product_ids/%zu", w->pointer, i),
		};
}

static int
coupon_prepare(struct call *c, struct write *w, struct err *err)
{
	bool percent = jval_get(w->body, "percent"), amount = jval_get(w->body, "amount");

	(void)c;
	if (!w->create)
		return 0;
	if (percent == amount)
		write_refuse(w, err, "/percent", percent ? "conflict" : "required",
			     "Either percent or amount.");
	if (amount && !jval_get(w->body, "currency"))
		write_refuse(w, err, "/currency", "required", "An amount has its currency.");
	if (!amount && jval_get(w->body, "currency"))
		write_refuse(w, err, "/currency", "not_used", "Only an amount has a currency.");
	refuse_empty(w, "product_ids", "/product_ids", err);
	refuse_empty(w, "charges", "/charges", err);
	name_products(w);
	return err->code == ERR_none ? 0 : -1;
}

const struct resource coupon_resource = {
	.name = "coupon",
	.module = "catalog",
	.path = "coupons",
	.table = "catalog.coupon",
	.view = "catalog.coupon_view",
	.ops = OP_ALL,
	.read = P_CATALOG_READ,
	.write = P_CATALOG_WRITE,
	.fields = coupon_fields,
	.default_sort = "created_at,id",
	.archives = true,
	.prepare = coupon_prepare,
	.doc = "A discount that a subscription takes by its code.",
};
