/*
 * labels.c - the words that are printed on documents, one table a language.
 *
 * L_TAX_ON takes rate and base ("{1}", "{2}"), L_INCLUDES what that makes, L_PAGE page and pages.
 * Wordings that a law prescribes follow it: the German "Steuerschuldnerschaft des
 * Leistungsempfängers" (§ 14a UStG), the French "Autoliquidation" (CGI ann. II art. 242 nonies A),
 * the English "Reverse charge" (Directive 2006/112/EC Art. 226 (11a)).
 */
#include "labels.h"

#include <billfold/document.h>

static const char *const english[LABEL_MAX] = {
	[L_INVOICE] = "Invoice",
	[L_CREDIT] = "Credit note",
	[L_DEBIT] = "Debit note",
	[L_PRO_FORMA] = "Pro forma invoice",
	[L_INTERIM] = "Interim invoice",
	[L_TIMESHEET] = "Invoice for time worked",
	[L_PAST_DUE] = "Past due invoice",
	[L_NUMBER] = "Number",
	[L_ISSUE_DATE] = "Date of issue",
	[L_DUE_DATE] = "Due date",
	[L_SUPPLY_DATE] = "Date of supply",
	[L_PO_NUMBER] = "Purchase order",
	[L_TAX_ID] = "Tax ID",
	[L_CUSTOMER_TAX_ID] = "Your tax ID",
	[L_REGISTRATION] = "Registration",
	[L_CONTACT] = "Attention",
	[L_ORIGINAL] = "Relates to",
	[L_SHIP_TO] = "Delivered to",
	[L_POSITION] = "#",
	[L_DESCRIPTION] = "Description",
	[L_QUANTITY] = "Quantity",
	[L_UNIT_PRICE] = "Unit price",
	[L_TAX] = "Tax",
	[L_AMOUNT] = "Amount",
	[L_DISCOUNT] = "Discount",
	[L_SUBTOTAL] = "Subtotal",
	[L_TAX_ON] = "Tax {1} % on {2}",
	[L_INCLUDES] = "includes {1}",
	[L_TOTAL] = "Total",
	[L_ROUNDING] = "Rounding",
	[L_PAYABLE] = "Payable",
	[L_PAID] = "Paid",
	[L_AMOUNT_DUE] = "Amount due",
	[L_CREDITED] = "Amount credited",
	[L_PAY_BY] = "Please pay by {1}",
	[L_PAY_ONLINE] = "Pay online",
	[L_BANK_TRANSFER] = "Bank transfer",
	[L_IBAN] = "IBAN",
	[L_BIC] = "BIC",
	[L_REFERENCE] = "Reference",
	[L_TERMS] = "Terms of payment",
	[L_NET_DAYS] = "Payable within {1} days, without deduction.",
	[L_ON_RECEIPT] = "Payable on receipt, without deduction.",
	[L_NOTES] = "Notes",
	[L_REASON] = "Reason",
	[L_REVERSE_CHARGE] = "Reverse charge: the customer is liable for the tax.",
	[L_EXEMPT] = "Exempt from tax.",
	[L_NOT_TAX_INVOICE] = "This is not a tax invoice.",
	[L_PAGE] = "Page {1} of {2}",
	[L_DRAFT] = "Draft",
	[L_SETTLED] = "Paid in full. Thank you.",
	[L_STATEMENT] = "Statement of account",
	[L_PERIOD] = "Period",
	[L_CURRENCY] = "Currency",
	[L_OPENING] = "Balance brought forward",
	[L_INVOICES] = "Invoices",
	[L_DEBITS] = "Debit notes",
	[L_CREDITS] = "Credit notes",
	[L_PAYMENTS] = "Payments",
	[L_CLOSING] = "Balance",
	[L_OVERDUE] = "of which overdue",
	[L_UNAPPLIED] = "Credit not used yet",
	[L_DATE] = "Date",
	[L_BALANCE] = "Balance",
	[L_PAYMENT] = "Payment",
	[L_REFUND] = "Refund",
	[L_DISPUTE] = "Payment returned by the bank",
	[L_VOIDED] = "{1}, cancelled",
	[L_OPEN_ITEMS] = "Open items",
	[L_DAYS_OVERDUE] = "Days overdue",
};

static const char *const german[LABEL_MAX] = {
	[L_INVOICE] = "Rechnung",
	[L_CREDIT] = "Rechnungskorrektur",
	[L_DEBIT] = "Belastungsanzeige",
	[L_PRO_FORMA] = "Proforma-Rechnung",
	[L_INTERIM] = "Abschlagsrechnung",
	[L_TIMESHEET] = "Rechnung nach Aufwand",
	[L_PAST_DUE] = "Rechnung über Rückstände",
	[L_NUMBER] = "Nummer",
	[L_ISSUE_DATE] = "Rechnungsdatum",
	[L_DUE_DATE] = "Fällig am",
	[L_SUPPLY_DATE] = "Leistungsdatum",
	[L_PO_NUMBER] = "Ihre Bestellnummer",
	[L_TAX_ID] = "USt-IdNr.",
	[L_CUSTOMER_TAX_ID] = "Ihre USt-IdNr.",
	[L_REGISTRATION] = "Register",
	[L_CONTACT] = "Zu Händen",
	[L_ORIGINAL] = "Bezug",
	[L_SHIP_TO] = "Lieferung an",
	[L_POSITION] = "Pos.",
	[L_DESCRIPTION] = "Beschreibung",
	[L_QUANTITY] = "Menge",
	[L_UNIT_PRICE] = "Einzelpreis",
	[L_TAX] = "USt.",
	[L_AMOUNT] = "Betrag",
	[L_DISCOUNT] = "Rabatt",
	[L_SUBTOTAL] = "Zwischensumme",
	[L_TAX_ON] = "USt. {1} % auf {2}",
	[L_INCLUDES] = "darin {1}",
	[L_TOTAL] = "Gesamtbetrag",
	[L_ROUNDING] = "Rundung",
	[L_PAYABLE] = "Zahlbetrag",
	[L_PAID] = "Bereits bezahlt",
	[L_AMOUNT_DUE] = "Offener Betrag",
	[L_CREDITED] = "Gutgeschriebener Betrag",
	[L_PAY_BY] = "Bitte zahlen Sie bis zum {1}",
	[L_PAY_ONLINE] = "Online bezahlen",
	[L_BANK_TRANSFER] = "Überweisung",
	[L_IBAN] = "IBAN",
	[L_BIC] = "BIC",
	[L_REFERENCE] = "Verwendungszweck",
	[L_TERMS] = "Zahlungsbedingungen",
	[L_NET_DAYS] = "Zahlbar innerhalb von {1} Tagen ohne Abzug.",
	[L_ON_RECEIPT] = "Zahlbar sofort ohne Abzug.",
	[L_NOTES] = "Hinweise",
	[L_REASON] = "Grund",
	[L_REVERSE_CHARGE] = "Steuerschuldnerschaft des Leistungsempfängers.",
	[L_EXEMPT] = "Steuerfreie Leistung.",
	[L_NOT_TAX_INVOICE] = "Dies ist keine Rechnung im Sinne des Umsatzsteuerrechts.",
	[L_PAGE] = "Seite {1} von {2}",
	[L_DRAFT] = "Entwurf",
	[L_SETTLED] = "Vollständig bezahlt. Vielen Dank.",
	[L_STATEMENT] = "Kontoauszug",
	[L_PERIOD] = "Zeitraum",
	[L_CURRENCY] = "Währung",
	[L_OPENING] = "Saldovortrag",
	[L_INVOICES] = "Rechnungen",
	[L_DEBITS] = "Belastungen",
	[L_CREDITS] = "Gutschriften",
	[L_PAYMENTS] = "Zahlungen",
	[L_CLOSING] = "Saldo",
	[L_OVERDUE] = "davon überfällig",
	[L_UNAPPLIED] = "Guthaben",
	[L_DATE] = "Datum",
	[L_BALANCE] = "Saldo",
	[L_PAYMENT] = "Zahlung",
	[L_REFUND] = "Rückzahlung",
	[L_DISPUTE] = "Rückbelastung der Bank",
	[L_VOIDED] = "{1}, storniert",
	[L_OPEN_ITEMS] = "Offene Posten",
	[L_DAYS_OVERDUE] = "Tage überfällig",
};

static const char *const french[LABEL_MAX] = {
	[L_INVOICE] = "Facture",
	[L_CREDIT] = "Avoir",
	[L_DEBIT] = "Note de débit",
	[L_PRO_FORMA] = "Facture pro forma",
	[L_INTERIM] = "Facture intermédiaire",
	[L_TIMESHEET] = "Facture de temps passé",
	[L_PAST_DUE] = "Facture d’arriérés",
	[L_NUMBER] = "Numéro",
	[L_ISSUE_DATE] = "Date d’émission",
	[L_DUE_DATE] = "Date d’échéance",
	[L_SUPPLY_DATE] = "Date de prestation",
	[L_PO_NUMBER] = "Bon de commande",
	[L_TAX_ID] = "N° TVA",
	[L_CUSTOMER_TAX_ID] = "Votre n° TVA",
	[L_REGISTRATION] = "Immatriculation",
	[L_CONTACT] = "À l’attention de",
	[L_ORIGINAL] = "Concerne",
	[L_SHIP_TO] = "Livré à",
	[L_POSITION] = "N°",
	[L_DESCRIPTION] = "Désignation",
	[L_QUANTITY] = "Quantité",
	[L_UNIT_PRICE] = "Prix unitaire",
	[L_TAX] = "TVA",
	[L_AMOUNT] = "Montant",
	[L_DISCOUNT] = "Remise",
	[L_SUBTOTAL] = "Sous-total",
	[L_TAX_ON] = "TVA {1} % sur {2}",
	[L_INCLUDES] = "dont {1}",
	[L_TOTAL] = "Total",
	[L_ROUNDING] = "Arrondi",
	[L_PAYABLE] = "À payer",
	[L_PAID] = "Déjà réglé",
	[L_AMOUNT_DUE] = "Reste à payer",
	[L_CREDITED] = "Montant de l’avoir",
	[L_PAY_BY] = "À régler au plus tard le {1}",
	[L_PAY_ONLINE] = "Payer en ligne",
	[L_BANK_TRANSFER] = "Virement bancaire",
	[L_IBAN] = "IBAN",
	[L_BIC] = "BIC",
	[L_REFERENCE] = "Référence",
	[L_TERMS] = "Conditions de paiement",
	[L_NET_DAYS] = "Payable sous {1} jours, sans escompte.",
	[L_ON_RECEIPT] = "Payable à réception, sans escompte.",
	[L_NOTES] = "Remarques",
	[L_REASON] = "Motif",
	[L_REVERSE_CHARGE] = "Autoliquidation.",
	[L_EXEMPT] = "Exonéré de TVA.",
	[L_NOT_TAX_INVOICE] = "Ce document n’est pas une facture.",
	[L_PAGE] = "Page {1} sur {2}",
	[L_DRAFT] = "Brouillon",
	[L_SETTLED] = "Entièrement réglé. Merci.",
	[L_STATEMENT] = "Relevé de compte",
	[L_PERIOD] = "Période",
	[L_CURRENCY] = "Devise",
	[L_OPENING] = "Solde reporté",
	[L_INVOICES] = "Factures",
	[L_DEBITS] = "Notes de débit",
	[L_CREDITS] = "Avoirs",
	[L_PAYMENTS] = "Règlements",
	[L_CLOSING] = "Solde",
	[L_OVERDUE] = "dont en retard",
	[L_UNAPPLIED] = "Crédit non utilisé",
	[L_DATE] = "Date",
	[L_BALANCE] = "Solde",
	[L_PAYMENT] = "Règlement",
	[L_REFUND] = "Remboursement",
	[L_DISPUTE] = "Paiement repris par la banque",
	[L_VOIDED] = "{1}, annulée",
	[L_OPEN_ITEMS] = "Postes ouverts",
	[L_DAYS_OVERDUE] = "Jours de retard",
};

static const char *const spanish[LABEL_MAX] = {
	[L_INVOICE] = "Factura",
	[L_CREDIT] = "Factura rectificativa",
	[L_DEBIT] = "Nota de cargo",
	[L_PRO_FORMA] = "Factura proforma",
	[L_INTERIM] = "Factura parcial",
	[L_TIMESHEET] = "Factura por horas",
	[L_PAST_DUE] = "Factura de atrasos",
	[L_NUMBER] = "Número",
	[L_ISSUE_DATE] = "Fecha de emisión",
	[L_DUE_DATE] = "Vencimiento",
	[L_SUPPLY_DATE] = "Fecha de operación",
	[L_PO_NUMBER] = "N.º de pedido",
	[L_TAX_ID] = "NIF-IVA",
	[L_CUSTOMER_TAX_ID] = "Su NIF-IVA",
	[L_REGISTRATION] = "Registro",
	[L_CONTACT] = "A la atención de",
	[L_ORIGINAL] = "Se refiere a",
	[L_SHIP_TO] = "Entregado a",
	[L_POSITION] = "N.º",
	[L_DESCRIPTION] = "Descripción",
	[L_QUANTITY] = "Cantidad",
	[L_UNIT_PRICE] = "Precio unitario",
	[L_TAX] = "IVA",
	[L_AMOUNT] = "Importe",
	[L_DISCOUNT] = "Descuento",
	[L_SUBTOTAL] = "Subtotal",
	[L_TAX_ON] = "IVA {1} % sobre {2}",
	[L_INCLUDES] = "incluye {1}",
	[L_TOTAL] = "Total",
	[L_ROUNDING] = "Redondeo",
	[L_PAYABLE] = "A pagar",
	[L_PAID] = "Pagado",
	[L_AMOUNT_DUE] = "Importe pendiente",
	[L_CREDITED] = "Importe abonado",
	[L_PAY_BY] = "Rogamos el pago a más tardar el {1}",
	[L_PAY_ONLINE] = "Pagar en línea",
	[L_BANK_TRANSFER] = "Transferencia bancaria",
	[L_IBAN] = "IBAN",
	[L_BIC] = "BIC",
	[L_REFERENCE] = "Concepto",
	[L_TERMS] = "Condiciones de pago",
	[L_NET_DAYS] = "Pago a {1} días, sin descuento.",
	[L_ON_RECEIPT] = "Pago a la recepción, sin descuento.",
	[L_NOTES] = "Observaciones",
	[L_REASON] = "Motivo",
	[L_REVERSE_CHARGE] = "Inversión del sujeto pasivo.",
	[L_EXEMPT] = "Operación exenta de IVA.",
	[L_NOT_TAX_INVOICE] = "Este documento no es una factura.",
	[L_PAGE] = "Página {1} de {2}",
	[L_DRAFT] = "Borrador",
	[L_SETTLED] = "Pagado en su totalidad. Gracias.",
	[L_STATEMENT] = "Extracto de cuenta",
	[L_PERIOD] = "Periodo",
	[L_CURRENCY] = "Moneda",
	[L_OPENING] = "Saldo anterior",
	[L_INVOICES] = "Facturas",
	[L_DEBITS] = "Notas de cargo",
	[L_CREDITS] = "Abonos",
	[L_PAYMENTS] = "Pagos",
	[L_CLOSING] = "Saldo",
	[L_OVERDUE] = "del cual vencido",
	[L_UNAPPLIED] = "Saldo a favor",
	[L_DATE] = "Fecha",
	[L_BALANCE] = "Saldo",
	[L_PAYMENT] = "Pago",
	[L_REFUND] = "Devolución",
	[L_DISPUTE] = "Pago devuelto por el banco",
	[L_VOIDED] = "{1}, anulada",
	[L_OPEN_ITEMS] = "Partidas abiertas",
	[L_DAYS_OVERDUE] = "Días de retraso",
};

static const struct {
	const char *language;
	const char *const *words;
} languages[] = { { "en", english }, { "de", german }, { "fr", french }, { "es", spanish } };

static const char *const *
words_of(struct str language)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (str_eqz(language, languages[i].language))
			return languages[i].words;
	return NULL;
}

const char *const *
labels_for(const char *locale)
{
	struct str region, language = str_cut(str_from(locale), '-', &region);
	const char *const *words = words_of(language);

	return words ? words : english;
}

const char *
labels_locale(struct arena *a, const char *locale)
{
	struct str region, language = str_cut(str_from(locale), '-', &region);

	if (words_of(language))
		return arena_strdup(a, locale);
	return region.len == 2 ? arena_printf(a, "en-" STR_FMT, STR_ARG(region)) : "en";
}

const char *
invoice_title(const char *kind, const char *locale)
{
	static const struct {
		const char *kind;
		enum label label;
	} titles[] = { { "credit", L_CREDIT },       { "debit", L_DEBIT },
		       { "pro_forma", L_PRO_FORMA }, { "interim", L_INTERIM },
		       { "timesheet", L_TIMESHEET }, { "past_due", L_PAST_DUE } };
	const char *const *words = labels_for(locale);

	for (size_t i = 0; kind && i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(kind, titles[i].kind) == 0)
			return words[titles[i].label];
	return words[L_INVOICE];
}
