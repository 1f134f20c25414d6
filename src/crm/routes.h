/*
 * routes.h - inside the room: what is asked of accounts besides the resource.
 */
#ifndef CRM_ROUTES_H
#define CRM_ROUTES_H

#include <billfold/crm.h>

/* timeline.c */
extern const struct field timeline_query[], timeline_out[];
int account_timeline(struct call *c, struct reply *r, struct err *err);

#endif
