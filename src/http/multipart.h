/*
 * multipart.h - multipart/form-data (RFC 7578): parts by name.
 */
#ifndef BILLFOLD_HTTP_MULTIPART_H
#define BILLFOLD_HTTP_MULTIPART_H

#include <billfold/resource.h>

/* What parts it; empty where the type does not say. */
struct str multipart_boundary(struct str content_type);
/*
 * The parts of a body, in order; values are slices of it. bad_request where it is none, a name
 * comes twice or is missing, or a part is encoded.
 */
int multipart_parse(struct arena *a, struct str content_type, struct str body, pair_vec *ret,
		    struct err *err);

#endif
