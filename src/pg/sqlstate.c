/*
 * sqlstate.c - what an SQL error means to a caller.
 *
 * Class ZB is our own: the message is meant for the caller, the detail may name a field as JSON
 * {"pointer", "code"}, or several. Constraints speak by their names (table_columns_kind), which
 * give the pointer. The rest is a matter of time (unavailable, timeout) or a defect (internal), and
 * its words stay in the log; values that PostgreSQL quotes in its detail do not get there either.
 */
#include "db.h"

#include <billfold/json.h>

struct meaning {
	const char *sqlstate; /* or its class of two */
	enum err_code code;
	const char *detail;
};

static const struct meaning meanings[] = {
	{ "57014", ERR_timeout, "The database took too long." },
	{ "55P03", ERR_unavailable, "A record is being changed by another request; try again." },
	{ "40001", ERR_unavailable, "Another request changed the same records; try again." },
	{ "40P01", ERR_unavailable, "Another request changed the same records; try again." },
	{ "25P03", ERR_unavailable, "The database cannot be reached at the moment." },
	{ "25006", ERR_unavailable, "The database does not take changes at the moment." },
	{ "26000", ERR_unavailable, "The database cannot be reached at the moment." },
	{ "22003", ERR_out_of_range, "A number is out of range." },
	{ "22007", ERR_validation_failed, "A date or time is not valid." },
	{ "22008", ERR_validation_failed, "A date or time is out of range." },
	{ "22021", ERR_validation_failed, "A text has characters that cannot be stored." },
	{ "22P02", ERR_validation_failed, "A value is not of its type." },
	{ "22P05", ERR_validation_failed, "A text has characters that cannot be stored." },
	{ "23P01", ERR_conflict, "The record overlaps another." },
	{ "54000", ERR_payload_too_large, "The record is too large." },
	{ "08", ERR_unavailable, "The database cannot be reached at the moment." },
	{ "53", ERR_unavailable, "The database is short of resources at the moment." },
	{ "57P", ERR_unavailable, "The database cannot be reached at the moment." },
	{ "58", ERR_unavailable, "The database cannot be reached at the moment." },
};

/* From "account_email_norm_key" of table account: "/email". */
static const char *
pointer_of(struct arena *a, const char *constraint, const char *table)
{
	static const char *const kinds[] = { "_key", "_fkey", "_check", "_length", "_norm", NULL };
	struct str s = str_from(constraint);
	struct str t = str_from(table);

	if (s.len == 0)
		return NULL;
	if (t.len && str_starts(s, t) && s.len > t.len && s.p[t.len] == '_') {
		s.p += t.len + 1;
		s.len -= t.len + 1;
	}
	if (str_eqz(s, "pkey"))
		return "/id";
	for (size_t i = 0; kinds[i]; i++) {
		struct str kind = str_from(kinds[i]);

		if (s.len > kind.len &&
		    str_eq((struct str){ s.p + s.len - kind.len, kind.len }, kind))
			s.len -= kind.len;
	}
	return arena_printf(a, "/%.*s", STR_ARG(s));
}

static void
field_of_constraint(const PGresult *res, struct arena *a, struct err *err, const char *code,
		    const char *words)
{
	const char *pointer;

	if (!a)
		return;
	pointer = pointer_of(a, PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME),
			     PQresultErrorField(res, PG_DIAG_TABLE_NAME));
	if (pointer)
		err_field(err, a, pointer, code, "%s", words);
}

static void
add_field(struct json_object *o, struct arena *a, struct err *err)
{
	struct str pointer, code, detail;

	if (!json_object_is_type(o, json_type_object) || !jval_str(o, "pointer", &pointer))
		return;
	if (!jval_str(o, "code", &code))
		code = STR("invalid");
	if (!jval_str(o, "detail", &detail))
		detail = str_from(err->detail);
	err_field(err, a, str_dup(a, pointer), str_dup(a, code), STR_FMT, STR_ARG(detail));
}

/* What base.raise() put into DETAIL: one field; base.raise_fields(): an array of them. */
static void
field_of_detail(const PGresult *res, struct arena *a, struct err *err)
{
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	struct json_object *o;
	struct err ignored = { 0 };

	if (!a || !detail || (detail[0] != '{' && detail[0] != '[') ||
	    jscan_parse(a, str_from(detail), &o, &ignored) < 0)
		return;
	if (detail[0] == '{') {
		add_field(o, a, err);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(o); i++)
		add_field(json_object_array_get_idx(o, i), a, err);
}

static void
judge(const PGresult *res, const char *sqlstate, struct arena *a, struct err *err)
{
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME);

	if (strncmp(sqlstate, "ZB", 2) == 0) {
		enum err_code code = err_by_sqlstate(sqlstate);

		if (strcmp(sqlstate, "ZBRPL") == 0)
			code = ERR_idempotency_key_in_use;
		if (code == ERR_internal) {
			err_set(err, code, "Something went wrong on our side.");
			return;
		}
		err_set(err, code, "%s", message ? message : err_defs[code].title);
		field_of_detail(res, a, err);
		return;
	}
	if (strcmp(sqlstate, "23505") == 0) {
		err_set(err, ERR_already_exists, "A record with this value exists.");
		field_of_constraint(res, a, err, "already_exists",
				    "Another record has this value.");
		return;
	}
	if (strcmp(sqlstate, "23503") == 0) {
		if (message && strncmp(message, "insert or update", 16) == 0) {
			err_set(err, ERR_validation_failed,
				"Some fields are not valid; see errors.");
			field_of_constraint(res, a, err, "unknown_reference", "No such record.");
		} else {
			err_set(err, ERR_in_use, "Other records refer to this one.");
		}
		return;
	}
	if (strcmp(sqlstate, "23514") == 0) {
		err_set(err, ERR_validation_failed, "Some fields are not valid; see errors.");
		field_of_constraint(res, a, err, "invalid", "The value is not allowed.");
		return;
	}
	if (strcmp(sqlstate, "23502") == 0) {
		err_set(err, ERR_validation_failed, "Some fields are not valid; see errors.");
		if (a && column)
			err_field(err, a, arena_printf(a, "/%s", column), "required",
				  "A value is required.");
		return;
	}
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate)) == 0) {
			err_set(err, meanings[i].code, "%s", meanings[i].detail);
			if (err && err_defs[meanings[i].code].retryable)
				err->retry_after = 1;
			return;
		}
	err_set(err, ERR_internal, "Something went wrong on our side.");
}

void
sqlstate_to_err(const PGresult *res, struct arena *a, struct err *err)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);

	if (!err)
		return;
	judge(res, sqlstate ? sqlstate : "08006", a, err);
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate ? sqlstate : "08006");
	if (!message)
		message = PQresultErrorMessage(res);
	err_cause(err, "%s %s%s%s", err->sqlstate, message, constraint ? " constraint " : "",
		  constraint ? constraint : "");
}
