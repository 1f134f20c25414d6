/*
 * call.h - what the operations share of a call: preconditions, keys, instants.
 */
#ifndef BILLFOLD_RESOURCE_CALL_H
#define BILLFOLD_RESOURCE_CALL_H

#include <billfold/resource.h>

/* 405 where the resource does not offer it. */
int call_op(const struct resource *res, unsigned op, struct err *err);
/*
 * If-Match as bigint[] text for compose_expect: *ret NULL for `*`. *ret_sent false when the header
 * is not there. 400 when it is no list of entity tags. A weak tag matches nothing (RFC
 * 9110, 13.1.1).
 */
int call_versions(struct call *c, bool *ret_sent, const char **ret, struct err *err);
/* Whether If-None-Match names this tag (weak comparison). */
bool call_none_match(const struct call *c, const char *etag);
/* Refuses query parameters other than these (ended by NULL), and doubled ones. */
int call_known_query(struct call *c, const char *const *known, struct err *err);
/* SELECT of one by id, as call_answer makes it; its row is (body, version). seen: none where the
 * caller does not see it. */
int call_select_one(struct call *c, struct flush *f, const struct resource *res,
		    const char *selection, const char *id, bool seen);
struct write;
/* call_answer of what `w` has made. */
int call_answer_made(struct call *c, struct flush *f, const struct write *w, struct reply *r,
		     struct err *err);
const char *call_etag(struct arena *a, const char *version);
int call_not_found(const struct resource *res, struct err *err);
/* A JSON body as the answer. */
void call_reply(struct reply *r, int status, struct str body);
/* Whether its answer is kept: under whose key, and by which request it is known again. */
bool call_keeps(const struct call *c);
const char *call_key_scope(const struct call *c);
const char *call_fingerprint(struct call *c);

#endif
