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

/* Answers that are problems, each with one that is met there. */
static const struct {
	const char *name, *words, *header, *component;
	enum err_code code;
	const char *detail, *member, *value;
} problems[] = {
	{ "BadRequest", "The request cannot be read.", NULL, NULL, ERR_bad_json,
	  "The body is not valid JSON: a comma is missing at byte 41.", NULL, NULL },
	{ "Unauthenticated", "Who is calling is not known.", "WWW-Authenticate", "Challenge",
	  ERR_unauthenticated, "A session or an access token is needed.", NULL, NULL },
	{ "Forbidden", "The caller may not do this, or not write a field of it.", NULL, NULL,
	  ERR_forbidden, "The permission invoice.finalize is needed.", NULL, NULL },
	{ "NotFound", "There is no such thing, for this caller.", NULL, NULL, ERR_not_found,
	  "There is no such object.", NULL, NULL },
	{ "Conflict", "It does not go with the present state.", NULL, NULL, ERR_wrong_state,
	  "The invoice is paid already.", NULL, NULL },
	{ "PreconditionFailed", "It has changed since it was read; see current.", NULL, NULL,
	  ERR_precondition_failed, "It has changed since it was read.", "current",
	  "{\"object\":\"account\",\"version\":2}" },
	{ "TooLarge", "The body is too large.", NULL, NULL, ERR_payload_too_large,
	  "The body is larger than this path takes.", NULL, NULL },
	{ "UnsupportedMediaType", "The body's media type is not taken here.", NULL, NULL,
	  ERR_unsupported_media_type, "The body must be application/json.", NULL, NULL },
	{ "Unprocessable", "Some fields are not valid; all are named.", NULL, NULL,
	  ERR_validation_failed, "One field is not valid.", "errors",
	  "[{\"pointer\":\"/legal_name\",\"code\":\"required\",\"detail\":\"Is "
	  "required.\"}]" },
	{ "PreconditionRequired", "If-Match is needed.", NULL, NULL, ERR_precondition_required,
	  "Send If-Match with the ETag that was read.", NULL, NULL },
	{ "TooManyRequests", "Slower, please; see Retry-After.", "Retry-After", "RetryAfter",
	  ERR_rate_limited, "Too many requests in this minute.", NULL, NULL },
	{ "Failure", "Something else went wrong.", NULL, NULL, ERR_unavailable,
	  "The service is busy or restarting; the same request may succeed in a moment.", NULL,
	  NULL },
};
enum { N_PROBLEMS = sizeof(problems) / sizeof(problems[0]) };

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
problem_example(struct doc *d, size_t i)
{
	const struct err_def *def = &err_defs[problems[i].code];
	struct jw *w = &d->w;

	jw_object(w);
	jw_kstr(w, "type",
		arena_printf(d->arena, "%s/problems/%s", d->public_url ? d->public_url : "",
			     def->code));
	jw_kstr(w, "title", def->title);
	jw_kint(w, "status", def->status);
	jw_kstr(w, "detail", problems[i].detail);
	jw_kstr(w, "code", def->code);
	jw_kstr(w, "request_id", "order-77.a");
	if (problems[i].member)
		jw_kraw(w, problems[i].member, str_from(problems[i].value));
	jw_end_object(w);
}

static void
problem_answer(struct doc *d, size_t i)
{
	struct jw *w = &d->w;

	jw_key(w, problems[i].name);
	jw_object(w);
	jw_kstr(w, "description", problems[i].words);
	jw_key(w, "headers");
	jw_object(w);
	jw_key(w, "X-Request-Id");
	doc_ref(d, "headers", "RequestId");
	if (problems[i].header) {
		jw_key(w, problems[i].header);
		doc_ref(d, "headers", problems[i].component);
	}
	jw_end_object(w);
	jw_key(w, "content");
	jw_object(w);
	doc_content(d, "application/problem+json");
	doc_ref(d, "schemas", "Problem");
	jw_key(w, "example");
	problem_example(d, i);
	jw_end_object(w);
	jw_end_object(w);
	jw_end_object(w);
}

/* Only what an operation refers to is told, as all components. */
static bool
is_referred(struct doc *d, const char *section, const char *name, const char *text)
{
	return strstr(text, arena_printf(d->arena, "\"#/components/%s/%s\"", section, name));
}

static void
parameters(struct doc *d, const char *so_far)
{
	jw_key(&d->w, "parameters");
	jw_object(&d->w);
	for (size_t i = 0; i < sizeof(parameter_components) / sizeof(parameter_components[0]);
	     i++) {
		if (is_referred(d, "parameters", parameter_components[i][0], so_far))
			jw_kraw(&d->w, parameter_components[i][0],
				str_from(parameter_components[i][1]));
	}
	jw_end_object(&d->w);
}

static void
responses(struct doc *d, const char *so_far)
{
	struct jw *w = &d->w;

	jw_key(w, "responses");
	jw_object(w);
	for (size_t i = 0; i < N_PROBLEMS; i++) {
		if (is_referred(d, "responses", problems[i].name, so_far))
			problem_answer(d, i);
	}
	if (is_referred(d, "responses", "OAuthError", so_far))
		jw_kraw(
		    w, "OAuthError",
		    STR("{\"description\":\"RFC 6749, "
			"5.2.\",\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
			"\"properties\":{\"error\":{\"type\":\"string\"},\"error_description\":{"
			"\"type\":\"string\"},\"request_id\":{\"type\":\"string\"}},\"required\":["
			"\"error\"],\"additionalProperties\":false},\"example\":{\"error\":"
			"\"invalid_"
			"client\",\"error_description\":\"The credentials are not "
			"right.\",\"request_id\":\"order-77.a\"}},\"application/"
			"problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"},"
			"\"example\":{\"type\":\"about:blank\",\"title\":\"Bad "
			"header\",\"status\":400,\"detail\":\"The headers are too "
			"large.\",\"code\":\"bad_header\",\"request_id\":\"order-77.a\"}}}}"));
	jw_end_object(w);
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
	parameters(d, so_far);
	responses(d, so_far);
	doc_examples(d);
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
