/*
 * deal_line.h - inside the room: the lines of a deal that is about to be written.
 */
#ifndef CRM_DEAL_LINE_H
#define CRM_DEAL_LINE_H

#include <billfold/crm.h>
#include <billfold/resource/write.h>

extern const struct resource deal_line_resource;

/* New lines take from their products what they do not say; what then still lacks is refused by its
 * pointer. */
int deal_lines_complete(struct call *c, struct write *w, struct err *err);

#endif
