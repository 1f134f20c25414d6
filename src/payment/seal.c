/*
 * seal.c - what a processor calls a method, or what it is given for one attempt, sealed for the one
 * row that it belongs to.
 */
#include "pay.h"

const char *
pay_seal(struct arena *a, const struct secret *s, const struct uuid *tenant, const char *table,
	 const char *id, struct str token, struct err *err)
{
	const char *sealed;

	if (seal(a, s, arena_printf(a, "%s|payment.%s|token|%s", tenant->z, table, id), token,
		 &sealed, err) < 0)
		return NULL;
	return sealed;
}
