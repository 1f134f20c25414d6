/*
 * openapi_shared.c - what operations share: schemas, parameters, headers and answers that are
 * referred to by name.
 */
#include "openapi.h"

static const char *const shared[][3] = {
	{ "Address", "\1",
	  "{\"type\":\"object\",\"description\":\"A postal address.\",\"properties\":{"
	  "\"line1\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},"
	  "\"line2\":{\"type\":[\"string\",\"null\"],\"maxLength\":200},"
	  "\"city\":{\"type\":[\"string\",\"null\"],\"maxLength\":100},"
	  "\"region\":{\"type\":[\"string\",\"null\"],\"maxLength\":100},"
	  "\"postal_code\":{\"type\":[\"string\",\"null\"],\"maxLength\":20},"
	  "\"country\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[A-Z]{2}$\","
	  "\"description\":\"ISO 3166-1 alpha-2.\",\"examples\":[\"AT\"]}},"
	  "\"additionalProperties\":false}" },
	{ "ExternalId", "\2",
	  "{\"type\":\"object\",\"description\":\"An id of another system.\",\"properties\":{"
	  "\"system\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9_.-]{0,49}$\","
	  "\"examples\":[\"erp\"]},"
	  "\"id\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200,\"examples\":[\"4711\"]}},"
	  "\"required\":[\"system\",\"id\"],\"additionalProperties\":false}" },
	{ "Filter", "\4",
	  "{\"description\":\"and, or, not, or one condition; at most 5 deep, 50 conditions, 100 "
	  "values. {} matches everything.\",\"type\":\"object\",\"properties\":{"
	  "\"and\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/components/schemas/"
	  "Filter\"}},"
	  "\"or\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/components/schemas/"
	  "Filter\"}},"
	  "\"not\":{\"$ref\":\"#/components/schemas/Filter\"},"
	  "\"field\":{\"type\":\"string\",\"description\":\"A field, custom.{key}, or one of a "
	  "reference that is listed.\"},"
	  "\"op\":{\"type\":\"string\",\"enum\":[\"eq\",\"ne\",\"lt\",\"lte\",\"gt\",\"gte\","
	  "\"in\","
	  "\"nin\",\"is_null\",\"prefix\",\"like\"]},"
	  "\"value\":{\"description\":\"Of the field's type; an array for in and nin, true or "
	  "false "
	  "for is_null.\"}},\"additionalProperties\":false}" },
	{ "AggregateRequest", "\10",
	  "{\"type\":\"object\",\"properties\":{"
	  "\"where\":{\"$ref\":\"#/components/schemas/Filter\"},"
	  "\"group_by\":{\"type\":\"array\",\"maxItems\":3,\"items\":{\"type\":\"string\"},"
	  "\"description\":\"Fields; a date also as issue_date:month, :quarter or :year.\"},"
	  "\"metrics\":{\"type\":\"array\",\"maxItems\":10,\"items\":{\"type\":\"object\","
	  "\"properties\":{"
	  "\"op\":{\"type\":\"string\",\"enum\":[\"count\",\"sum\",\"min\",\"max\"]},"
	  "\"field\":{\"type\":\"string\"}},\"required\":[\"op\"],\"additionalProperties\":false}},"
	  "\"archived\":{\"type\":\"string\",\"enum\":[\"with\",\"only\",\"without\"]}},"
	  "\"additionalProperties\":false}" },
	{ "AggregateResult", "\10",
	  "{\"type\":\"object\",\"properties\":{\"data\":{\"type\":\"array\",\"items\":{\"type\":"
	  "\"object\","
	  "\"properties\":{\"group\":{\"type\":\"object\",\"additionalProperties\":{\"type\":["
	  "\"string\",\"integer\",\"boolean\",\"null\"]}},\"count\":{\"type\":\"integer\"}},"
	  "\"additionalProperties\":{\"type\":[\"string\",\"integer\",\"null\"],\"description\":"
	  "\"sum_{field}, min_{field}, "
	  "max_{field}.\"},\"required\":[\"group\"]}},\"truncated\":{\"type\":\"boolean\","
	  "\"description\":\"There "
	  "are "
	  "more than 1,000 "
	  "groups.\"}},\"required\":[\"data\",\"truncated\"],\"additionalProperties\":false}" },
	{ "BatchError", "\20",
	  "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"},\"title\":{\"type\":"
	  "\"string\"},"
	  "\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":"
	  "\"#/components/schemas/"
	  "ProblemField\"}}},\"required\":[\"code\",\"title\",\"detail\",\"errors\"],"
	  "\"additionalProperties\":false}" },
	{ "ProblemField", "",
	  "{\"type\":\"object\",\"properties\":{\"pointer\":{\"type\":\"string\",\"description\":"
	  "\"JSON "
	  "Pointer into the body; ?name for a "
	  "parameter.\"},\"code\":{\"type\":\"string\"},\"detail\":"
	  "{\"type\":\"string\"}},\"required\":[\"pointer\",\"code\",\"detail\"],"
	  "\"additionalProperties\":false}" },
	{ "Problem", "",
	  "{\"type\":\"object\",\"description\":\"RFC 9457.\",\"properties\":{"
	  "\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"title\":{\"type\":"
	  "\"string\"},"
	  "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},\"detail\":{\"type\":"
	  "\"string\"},"
	  "\"code\":{\"type\":\"string\",\"description\":\"A stable word.\"},"
	  "\"request_id\":{\"type\":\"string\"},"
	  "\"errors\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/"
	  "ProblemField\"}},"
	  "\"current\":{\"type\":\"object\",\"description\":\"With 412: the representation as it "
	  "is.\"},\"challenge\":{\"type\":\"string\",\"description\":\"With mfa_required: what "
	  "goes to "
	  "POST /v1/session/mfa.\"}},"
	  "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"code\",\"request_id\"],"
	  "\"additionalProperties\":false}" },
};

/* more: headers beside the request's id, each with a comma before it. */
#define PROBLEM_ANSWER(text, more)                                                                 \
	"{\"description\":\"" text "\",\"headers\":{\"X-Request-Id\":{\"$ref\":"                   \
	"\"#/components/headers/RequestId\"}" more "},\"content\":{\"application/problem+json\":{" \
	"\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}"
#define HEADER_PARAMETER(name, required, text)                                                     \
	"{\"name\":\"" name "\",\"in\":\"header\",\"required\":" required                          \
	",\"description\":\"" text "\",\"schema\":{\"type\":\"string\"}}"
#define QUERY_PARAMETER(name, schema, text)                                                        \
	"{\"name\":\"" name "\",\"in\":\"query\",\"description\":\"" text "\",\"schema\":" schema  \
	"}"

static const char *const parameter_components[][2] = {
	{ "id",
	  "{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"description\":\"The id; where the "
	  "resource has external ids, also external:{system}:{id}.\",\"schema\":{\"type\":"
	  "\"string\"},\"examples\":{\"id\":{\"summary\":\"A UUID\",\"value\":"
	  "\"0198f3a0-5c1e-7a52-9d1c-3f0b6a1f2e77\"}}}" },
	{ "limit",
	  QUERY_PARAMETER("limit",
			  "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}",
			  "Rows of a page.") },
	{ "cursor", QUERY_PARAMETER("cursor", "{\"type\":\"string\"}",
				    "next of the page before, with the same filter and sort.") },
	{ "count", QUERY_PARAMETER("count", "{\"type\":\"string\",\"enum\":[\"exact\"]}",
				   "exact adds total.") },
	{ "ids",
	  QUERY_PARAMETER("ids", "{\"type\":\"string\"}",
			  "Up to 100 ids, by commas; their order is kept. With fields and expand "
			  "alone.") },
	{ "fields",
	  QUERY_PARAMETER("fields", "{\"type\":\"string\"}",
			  "Names of members, by commas; object and id are always there.") },
	{ "expand",
	  QUERY_PARAMETER("expand", "{\"type\":\"string\"}",
			  "References and children to embed, by commas, two deep with a dot.") },
	{ "archived",
	  QUERY_PARAMETER("archived",
			  "{\"type\":\"string\",\"enum\":[\"with\",\"only\",\"without\"],"
			  "\"default\":\"without\"}",
			  "Whether archived ones are shown.") },
	{ "partial", QUERY_PARAMETER("partial", "{\"type\":\"boolean\",\"default\":false}",
				     "true: each item on its own, with a result for each.") },
	{ "ifMatch", HEADER_PARAMETER("If-Match", "true", "The ETag that was read, or *.") },
	{ "ifMatchOptional",
	  HEADER_PARAMETER("If-Match", "false", "The ETag that was read; honoured when sent.") },
	{ "ifNoneMatch",
	  HEADER_PARAMETER("If-None-Match", "false", "304 when the ETag is still this one.") },
	{ "idempotencyKey",
	  "{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":false,\"description\":\"A "
	  "repeat "
	  "under the same key gets the first answer; kept for 24 hours.\",\"schema\":{\"type\":"
	  "\"string\",\"minLength\":1,\"maxLength\":255}}" },
};

static const char *const response_components[][2] = {
	{ "BadRequest", PROBLEM_ANSWER("The request cannot be read.", "") },
	{ "Unauthenticated",
	  PROBLEM_ANSWER("Who is calling is not known.",
			 ",\"WWW-Authenticate\":{\"$ref\":\"#/components/headers/Challenge\"}") },
	{ "Forbidden",
	  PROBLEM_ANSWER("The caller may not do this, or not write a field of it.", "") },
	{ "NotFound", PROBLEM_ANSWER("There is no such thing, for this caller.", "") },
	{ "Conflict", PROBLEM_ANSWER("It does not go with the present state.", "") },
	{ "PreconditionFailed",
	  PROBLEM_ANSWER("It has changed since it was read; see current.", "") },
	{ "TooLarge", PROBLEM_ANSWER("The body is too large.", "") },
	{ "UnsupportedMediaType", PROBLEM_ANSWER("The body's media type is not taken here.", "") },
	{ "Unprocessable", PROBLEM_ANSWER("Some fields are not valid; all are named.", "") },
	{ "PreconditionRequired", PROBLEM_ANSWER("If-Match is needed.", "") },
	{ "TooManyRequests",
	  PROBLEM_ANSWER("Slower, please; see Retry-After.",
			 ",\"Retry-After\":{\"$ref\":\"#/components/headers/RetryAfter\"}") },
	{ "OAuthError",
	  "{\"description\":\"RFC 6749, 5.2.\",\"content\":{\"application/json\":{\"schema\":{"
	  "\"type\":\"object\",\"properties\":{\"error\":{\"type\":\"string\"},"
	  "\"error_description\":{\"type\":\"string\"},\"request_id\":{\"type\":\"string\"}},"
	  "\"required\":[\"error\"],\"additionalProperties\":false}},\"application/"
	  "problem+json\":{\"schema\":{\"$ref\":"
	  "\"#/components/schemas/Problem\"}}}}" },
	{ "Failure", PROBLEM_ANSWER("Something else went wrong.", "") },
};

void
doc_shared_schemas(struct doc *d)
{
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		unsigned needs = (unsigned char)shared[i][1][0];

		if (!needs || (d->uses & needs))
			jw_kraw(&d->w, shared[i][0], str_from(shared[i][2]));
	}
}

static void
raw_section(struct doc *d, const char *name, const char *const (*rows)[2], size_t n,
	    const char *text)
{
	jw_key(&d->w, name);
	jw_object(&d->w);
	for (size_t i = 0; i < n; i++) {
		const char *ref =
		    arena_printf(d->arena, "\"#/components/%s/%s\"", name, rows[i][0]);

		/* What nothing refers to is not told. */
		if (strstr(text, ref))
			jw_kraw(&d->w, rows[i][0], str_from(rows[i][1]));
	}
	jw_end_object(&d->w);
}

void
doc_components(struct doc *d)
{
	const char *so_far = str_dup(d->arena, sb_str(&d->w.sb));
	struct jw *w = &d->w;

	jw_key(w, "components");
	jw_object(w);
	jw_key(w, "schemas");
	jw_object(w);
	doc_schemas(d);
	jw_end_object(w);
	raw_section(d, "parameters", parameter_components,
		    sizeof(parameter_components) / sizeof(parameter_components[0]), so_far);
	raw_section(d, "responses", response_components,
		    sizeof(response_components) / sizeof(response_components[0]), so_far);
	jw_kraw(w, "headers",
		STR("{"
		    "\"ETag\":{\"description\":\"The version, "
		    "quoted.\",\"required\":true,\"schema\":{\"type\":\"string\",\"pattern\":"
		    "\"^\\\"[0-9]+\\\"$\"}},\"Location\":{\"description\":\"Where it "
		    "is.\",\"required\":true,\"schema\":{\"type\":\"string\","
		    "\"format\":\"uri-reference\"}},"
		    "\"RequestId\":{\"description\":\"By which the logs know this "
		    "request; sent ones are "
		    "taken.\",\"required\":true,\"schema\":{\"type\":\"string\","
		    "\"minLength\":1}},"
		    "\"RetryAfter\":{\"description\":\"Seconds.\",\"required\":true,"
		    "\"schema\":{\"type\":\"integer\",\"minimum\":1}},"
		    "\"Challenge\":{\"description\":\"RFC 6750, "
		    "3.\",\"required\":true,\"schema\":{\"type\":\"string\","
		    "\"pattern\":\"^(Bearer|Basic)\"}}}"));
	jw_kraw(
	    w, "securitySchemes",
	    STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\","
		"\"description\":\"An access token of POST /v1/oauth/token.\"},"
		"\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-session\","
		"\"description\":\"A session of POST /v1/session; writes carry X-CSRF-Token.\"}}"));
	jw_end_object(w);
}
