/*
 * auth.h - who is calling, and what they may do.
 *
 * A `struct caller` is the answer to both for one request or job: tenant, actor, rights, and
 * the epoch that the rights were read at. Rights are an allow-list of permissions
 * (permissions.def); a role is a set of them, a token's scope narrows it. enter_add() puts
 * the caller in front of a flush: api.enter sets tenant, actor, request id and business time
 * for policies, audit and events, and raises ZB411 when the caller's epoch is stale.
 */
#ifndef BILLFOLD_AUTH_H
#define BILLFOLD_AUTH_H

#include <billfold/base/err.h>
#include <billfold/base/str.h>
#include <billfold/base/uuid.h>
#include <billfold/pg.h>

enum perm {
	P_NONE,
#define PERMISSION(name, word, doc) P_##name,
#include <billfold/auth/permissions.def>
#undef PERMISSION
	P_MAX
};

struct perm_def {
	const char *word; /* "account.read": in roles, scopes and errors */
	const char *doc;
};

extern const struct perm_def perm_defs[P_MAX];

struct perm_set {
	uint64_t bits[(P_MAX + 63) / 64];
};

void perm_add(struct perm_set *set, enum perm p);
bool perm_has(const struct perm_set *set, enum perm p); /* P_NONE: always */
enum perm perm_by_word(struct str word);                /* P_NONE: unknown */

enum actor_kind { ACTOR_NONE, ACTOR_USER, ACTOR_CLIENT, ACTOR_WORKER, ACTOR_LINK };

struct caller {
	struct uuid tenant;
	enum actor_kind kind;
	char actor[80];      /* "user:UUID", "client:UUID", "worker:invoiced" */
	char actor_id[40];   /* the UUID alone, or the worker's name */
	int64_t epoch;       /* of user or client; -1: not asked (workers) */
	struct perm_set perms;
	bool by_cookie;      /* then a write needs the CSRF token */
	char csrf[48];
	char address[46];    /* the peer's, for the audit */
	char request_id[64];
	bool mfa;              /* signed in with a second factor */
	int64_t signed_in_at;  /* seconds since 1970; 0: not by a session */
};

/* BEGIN; api.enter(...). Returns the statement's index: its row is (business_now timestamptz, tenant_zone text, sandbox bool). */
int enter_add(struct flush *f, const struct caller *who);
/* The same for a transaction that only reads. */
int enter_add_read(struct flush *f, const struct caller *who);
/* A worker at work for one tenant; request_id ties its effects to the request that asked. */
void caller_worker(struct caller *ret, const char *tenant, const char *program, const char *request_id);

#endif
