/*
 * err.c - filling in a struct err.
 *
 * The table comes from errors.def, so that code, HTTP status and title stand in one
 * place. Words are UTF-8, whatever of others' is in them, since they are stored and shown;
 * those that are too long are cut at a whole sequence. A NULL err is allowed where a caller
 * wants the outcome alone.
 */
#include <billfold/base/err.h>
#include <billfold/base/str.h>

const struct err_def err_defs[ERR_code_max] = {
	[ERR_none] = { "none", "", 200, "No error", false },
#define ERROR(name, sqlstate, status, title, retryable)                                            \
	[ERR_##name] = { #name, sqlstate, status, title, retryable },
#include <billfold/base/errors.def>
#undef ERROR
};

static void
drop_cut_letter(char *z)
{
	size_t len = strlen(z), lead = len;

	while (lead > 0 && len - lead < 3 && (z[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead > 0 &&
	    str_utf8_len((struct str){ z + lead - 1, len - lead + 1 }) != len - lead + 1)
		z[lead - 1] = '\0';
}

static void
words(char *dst, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(dst, size, fmt, ap);

	if (n < 0)
		dst[0] = '\0';
	if (n >= (int)size)
		drop_cut_letter(dst);
	str_mend(dst);
}

int
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	err->code = code;
	err->cause[0] = '\0';
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", err_defs[code].sqlstate);
	va_start(ap, fmt);
	words(err->detail, sizeof(err->detail), fmt, ap);
	va_end(ap);
	return -1;
}

void
err_cause(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return;
	va_start(ap, fmt);
	words(err->cause, sizeof(err->cause), fmt, ap);
	va_end(ap);
}

static const char *
pointer_told(struct arena *a, const char *pointer)
{
	size_t len = strlen(pointer);

	while (len > ERR_POINTER_MAX) {
		do
			len--;
		while (len > 0 && pointer[len] != '/');
	}
	return arena_strndup(a, pointer, len);
}

int
err_field(struct err *err, struct arena *a, const char *pointer, const char *code, const char *fmt,
	  ...)
{
	struct err_field *f;
	va_list ap;

	if (!err || err->n_fields >= ERR_FIELDS_MAX)
		return -1;
	f = arena_alloc(a, sizeof(*f));
	if (++err->n_fields == ERR_FIELDS_MAX) {
		f->pointer = "";
		f->code = "too_many";
		f->detail = "There are more wrong fields than are told.";
	} else {
		f->pointer = pointer_told(a, pointer);
		f->code = arena_strdup(a, code);
		va_start(ap, fmt);
		f->detail = arena_vprintf(a, fmt, ap);
		va_end(ap);
	}
	if (err->last)
		err->last->next = f;
	else
		err->fields = f;
	err->last = f;
	if (err->code == ERR_none)
		err_set(err, ERR_validation_failed, "Some fields are not valid; see errors.");
	return -1;
}

void
err_clear(struct err *err)
{
	*err = (struct err){ 0 };
}

const struct err_def *
err_def(const struct err *err)
{
	return &err_defs[err->code];
}

const char *
err_told(const struct err *err)
{
	return err->code == ERR_internal
		   ? "Something went wrong on our side. The request id finds it in the logs."
	       : err->detail[0] ? err->detail
				: err_def(err)->title;
}

enum err_code
err_by_sqlstate(const char *sqlstate)
{
	if (!sqlstate || !sqlstate[0])
		return ERR_internal;
	for (enum err_code c = ERR_none + 1; c < ERR_code_max; c++)
		if (strcmp(err_defs[c].sqlstate, sqlstate) == 0)
			return c;
	return ERR_internal;
}
