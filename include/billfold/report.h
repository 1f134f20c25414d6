/*
 * report.h - what people ask of the books and documents: statements of accounts.
 *
 * A report is one function of schema report, made from what is stored whenever it is asked for, and
 * kept nowhere. Days are civil days, the last one included; amounts minor units by seller and
 * currency, never added up over either.
 */
#ifndef BILLFOLD_REPORT_H
#define BILLFOLD_REPORT_H

#include <billfold/http.h>

extern const struct route report_routes[];

#endif
