/*
 * err.h - how every function here fails.
 *
 * A function returns 0, or -1 with its `struct err` (always the last parameter)
 * filled in. The code is one of errors.def, which gives HTTP status, title and
 * whether to try again; `detail` says in words what was wrong and is shown to the
 * caller; `cause` is for the log alone. Wrong fields of one request gather in
 * `fields`, so that all are named at once.
 */
#ifndef BILLFOLD_BASE_ERR_H
#define BILLFOLD_BASE_ERR_H

#include <billfold/base/arena.h>

#include <stdbool.h>
#include <stddef.h>

enum err_code {
	ERR_none,
#define ERROR(name, sqlstate, status, title, retryable) ERR_##name,
#include <billfold/base/errors.def>
#undef ERROR
	ERR_code_max
};

struct err_def {
	const char *code;     /* the stable word */
	const char *sqlstate; /* "" where SQL never raises it */
	int status;           /* HTTP */
	const char *title;
	bool retryable;
};

struct err_field {
	const char *pointer; /* RFC 6901, into the body; "?name" for a query parameter */
	const char *code;    /* required, unknown, read_only, type, too_long, out_of_range, ... */
	const char *detail;
	struct err_field *next;
};

enum {
	ERR_TEXT_MAX = 512,
	ERR_FIELDS_MAX = 5000,  /* told of one request; the last one says that there are more */
	ERR_POINTER_MAX = 1000, /* bytes: of a member whose name is longer, the object is told */
};

struct err {
	enum err_code code;
	char detail[ERR_TEXT_MAX]; /* for the caller */
	char cause[ERR_TEXT_MAX];  /* for the log */
	char sqlstate[6];
	int retry_after;           /* seconds, 0: not said */
	struct err_field *fields;  /* in the request's arena, in order of discovery */
	struct err_field *last;
	int n_fields;
	const char *current;       /* JSON of the current representation (412), or NULL */
};

extern const struct err_def err_defs[ERR_code_max];

/* Fills in and returns -1, so that `return err_set(err, ...)` reads well. A field list survives. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What the log should know beyond the words for the caller. */
void err_cause(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One more wrong field; sets code to validation_failed unless one is set already. Returns -1. */
int err_field(struct err *err, struct arena *a, const char *pointer, const char *code,
	      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void err_clear(struct err *err);
const struct err_def *err_def(const struct err *err);
/* What the caller is told in words: of a failure of our own only that there was one. */
const char *err_told(const struct err *err);
/* The code that SQL names by a SQLSTATE; ERR_internal when unknown. */
enum err_code err_by_sqlstate(const char *sqlstate);

#endif
