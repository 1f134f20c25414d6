/*
 * openapi.h - the document's writer, and the schemas that it makes from fields.
 */
#ifndef BILLFOLD_RESOURCE_OPENAPI_H
#define BILLFOLD_RESOURCE_OPENAPI_H

#include "describe.h"

enum shared_schema {
	USES_ADDRESS = 1 << 0,
	USES_EXTERNAL_ID = 1 << 1,
	USES_FILTER = 1 << 2,
	USES_AGGREGATE = 1 << 3,
	USES_BATCH_ERROR = 1 << 4
};

/* Examples of resources that something refers to. */
enum example_kind { EXAMPLE_ONE, EXAMPLE_LIST, EXAMPLE_CREATE, EXAMPLE_PATCH };
struct doc_example {
	const struct resource *res;
	uint64_t kind; /* enum example_kind, as wide as the pointer: two are the same when their
			  bytes are */
};

struct doc {
	struct jw w;
	struct arena *arena;
	const struct registry *registry;
	const char *public_url;
	unsigned uses; /* shared schemas that something refers to */
	VEC(struct doc_example) examples;
};

enum schema_side { SIDE_ANSWER, SIDE_CREATE, SIDE_PATCH };
/* Whether a field is shown, or may be written, on that side. */
bool doc_on_side(const struct field *f, enum schema_side side);

void doc_ref(struct doc *d, const char *section, const char *name); /* {"$ref": ...} */
void doc_type(struct doc *d, const char *name, bool null);
/* "application/json": {"schema": ... with the object left open. */
void doc_content(struct doc *d, const char *media);
/* type, properties and required of an object of these fields, inside an object that is open. */
void doc_object(struct doc *d, const struct field *fields, enum schema_side side, bool null);
/* The members alone, and the names of those that a body needs; what an element's array gives is
 * left out. */
void doc_members(struct doc *d, const struct field *fields, enum schema_side side,
		 const struct child *within);
void doc_required(struct doc *d, const struct field *fields, enum schema_side side,
		  const struct child *within);
/* A schema for a query parameter: the plain value. */
void doc_value(struct doc *d, const struct field *f);
enum doc_kind {
	DOC_LIST,
	DOC_CREATE,
	DOC_READ,
	DOC_UPDATE,
	DOC_DELETE,
	DOC_SEARCH,
	DOC_AGGREGATE,
	DOC_BATCH,
	DOC_BULK,
	DOC_RESTORE,
	DOC_ACTION,
	DOC_ROUTE
};

struct doc_op {
	enum doc_kind kind;
	enum method method;
	const char *path;
	const struct resource *res;
	const struct action *act;
	const struct route *route;
	bool done;
};
typedef VEC(struct doc_op) doc_op_vec;

/* The parts of an operation, each with its key. */
void doc_parameters(struct doc *d, const struct doc_op *o);
void doc_request_body(struct doc *d, const struct doc_op *o);
void doc_responses(struct doc *d, const struct doc_op *o);
/* What goes beside a media type's schema: "example", or "examples" by reference. */
void doc_example_body(struct doc *d, const struct doc_op *o);
void doc_example_answer(struct doc *d, const struct doc_op *o);
void doc_example_fields(struct doc *d, const struct field *fields, enum schema_side side);
/* components.examples: those that were referred to. */
void doc_examples(struct doc *d);
/* The value of a field that is no array and no object; whether an answer has none as a rule; the id
 * of one of these. */
void doc_word(struct doc *d, const struct field *f);
bool doc_word_is_none(const struct field *f);
const char *doc_example_id(struct doc *d, const char *of);
const char *
doc_example_of(const struct field *f); /* by its type alone; NULL: nothing is told by that */
/* components.schemas: resources, their bodies, what they share. */
void doc_schemas(struct doc *d);
void doc_shared_schemas(struct doc *d);
/* All of components; what is written so far says which of them something refers to. */
void doc_components(struct doc *d);

#endif
