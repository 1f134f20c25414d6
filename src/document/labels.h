/* labels.h - inside the room: the words that are printed, by language. */
#ifndef DOCUMENT_LABELS_H
#define DOCUMENT_LABELS_H

#include <billfold/base/str.h>

enum label {
	L_INVOICE,
	L_CREDIT,
	L_DEBIT,
	L_PRO_FORMA,
	L_INTERIM,
	L_TIMESHEET,
	L_PAST_DUE,
	L_NUMBER,
	L_ISSUE_DATE,
	L_DUE_DATE,
	L_SUPPLY_DATE,
	L_PO_NUMBER,
	L_TAX_ID,
	L_CUSTOMER_TAX_ID,
	L_REGISTRATION,
	L_CONTACT,
	L_ORIGINAL,
	L_SHIP_TO,
	L_POSITION,
	L_DESCRIPTION,
	L_QUANTITY,
	L_UNIT_PRICE,
	L_TAX,
	L_AMOUNT,
	L_DISCOUNT,
	L_SUBTOTAL,
	L_TAX_ON,
	L_INCLUDES,
	L_TOTAL,
	L_ROUNDING,
	L_PAYABLE,
	L_PAID,
	L_AMOUNT_DUE,
	L_CREDITED,
	L_PAY_BY,
	L_PAY_ONLINE,
	L_BANK_TRANSFER,
	L_IBAN,
	L_BIC,
	L_REFERENCE,
	L_TERMS,
	L_NET_DAYS,
	L_ON_RECEIPT,
	L_NOTES,
	L_REASON,
	L_REVERSE_CHARGE,
	L_EXEMPT,
	L_NOT_TAX_INVOICE,
	L_PAGE,
	L_DRAFT,
	L_SETTLED,
	L_STATEMENT,
	L_PERIOD,
	L_CURRENCY,
	L_OPENING,
	L_INVOICES,
	L_DEBITS,
	L_CREDITS,
	L_PAYMENTS,
	L_CLOSING,
	L_OVERDUE,
	L_UNAPPLIED,
	L_DATE,
	L_BALANCE,
	L_PAYMENT,
	L_REFUND,
	L_DISPUTE,
	L_VOIDED,
	L_OPEN_ITEMS,
	L_DAYS_OVERDUE,
	LABEL_MAX
};

/* By the language of a BCP 47 tag; English where there is none. */
const char *const *labels_for(const char *locale);
/* The locale itself where its language has words, else English as written in its region ("en-JP").
 */
const char *labels_locale(struct arena *a, const char *locale);

#endif
