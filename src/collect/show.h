/* show.h - inside the room: an invoice's dunning, as a route. */
#ifndef COLLECT_SHOW_H
#define COLLECT_SHOW_H

#include <billfold/resource.h>

int invoice_dunning(struct call *c, struct reply *r, struct err *err);
extern const struct field invoice_dunning_out[];

#endif
