/*
 * correction.h - inside the room: documents beside others: debit notes, mixed ones, credit notes of
 * their own.
 */
#ifndef BILLING_CORRECTION_H
#define BILLING_CORRECTION_H

#include "credit_note.h"

/* What a body says of its kind, before anything is read. pointer: of the body. */
int correction_check(struct call *c, struct json_object *body, const char *pointer,
		     struct err *err);
/* Lines name those of others on kinds that correct alone. */
int correction_check_lines(struct call *c, struct json_object *body, const char *kind,
			   const char *pointer, struct err *err);
/* Documents that a body names: a uuid[], NULL where it names none. */
const char *correction_ids(struct arena *a, struct json_object *body);
/* Those that are there are the account's, in the document's currency, and final. */
int correction_parties(struct arena *a, const struct draft *d, const char *pointer,
		       struct err *err);
/* What lines do not say of themselves the lines do that they name. */
int correction_lines(struct arena *a, struct draft *d, struct err *err);
/* Of each line no more is given back than it has left; of a decided draft. */
int correction_limits(struct arena *a, const struct draft *d, struct err *err);
/* What a mixed document lacks to be final. */
void correction_lacks(struct arena *a, const struct draft *d, struct err *err);

#endif
