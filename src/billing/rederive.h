/*
 * rederive.h - inside the room: drafts follow their account.
 */
#ifndef BILLING_REDERIVE_H
#define BILLING_REDERIVE_H

#include <billfold/resource/write.h>

int rederive_on_account(struct call *c, struct write *w, struct err *err);

#endif
