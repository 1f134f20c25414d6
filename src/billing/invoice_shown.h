/*
 * invoice_shown.h - what an invoice's answer shows of others: who pays and sells, taxes, links,
 * approvals. Of a draft as they are, of a final document as they were.
 */
#ifndef BILLFOLD_BILLING_INVOICE_SHOWN_H
#define BILLFOLD_BILLING_INVOICE_SHOWN_H

#include <billfold/resource.h>

extern const struct field shown_contact_fields[];
extern const struct field shown_tax_settings_fields[];
extern const struct field shown_payer_fields[];
extern const struct field shown_seller_fields[];
extern const struct field shown_ship_to_fields[];
extern const struct field shown_tax_fields[];
extern const struct field shown_creditable_fields[];
extern const struct field shown_link_fields[];
extern const struct field shown_approval_fields[];

#endif
