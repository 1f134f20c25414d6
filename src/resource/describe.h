/*
 * describe.h - fields and resources in words: what schema, dump and OpenAPI have in common.
 */
#ifndef BILLFOLD_RESOURCE_DESCRIBE_H
#define BILLFOLD_RESOURCE_DESCRIBE_H

#include <billfold/resource.h>

const char *field_type_word(enum field_type t);
/* "Payment terms" of payment_terms, "Owner" of owner_id, unless the table says another. */
const char *field_label(struct arena *a, const struct field *f);
bool field_can_write(const struct field *f, bool create);
/* "AccountContact" of "account_contact". */
const char *type_name(struct arena *a, const char *name);
const char *method_word(enum method m);

struct op_word {
	enum op op;
	const char *word;
};
extern const struct op_word op_words[]; /* ended by NULL word */
/* Those that the engine really serves: batches only where it writes itself. */
unsigned resource_ops(const struct resource *res);

#endif
