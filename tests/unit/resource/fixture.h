/*
 * fixture.h - two tenants in a real database, and calls without a web server in front.
 *
 * BILLFOLD_TEST_PG is the libpq string of a migrated database, without a user; its programs' roles
 * sign in without a password. Without it the tests that need one are skipped.
 */
#ifndef TEST_RESOURCE_FIXTURE_H
#define TEST_RESOURCE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <billfold/resource.h>

struct fixture {
	struct arena *arena;
	struct app app;
	struct caller a, b; /* owners of two tenants */
	struct err err;     /* of the last call */
	struct reply reply;
	const char *key; /* Idempotency-Key of the next calls */
	const char *if_match, *if_none_match;
	struct caller *who; /* of the next calls */
};

typedef int (*operation)(const struct resource *, struct call *, struct reply *, struct err *);

int fixture_open(void **state); /* for cmocka_run_group_tests */
int fixture_close(void **state);
/* Each test starts with an empty arena, tenant A, no key. */
int fixture_reset(void **state);

/* Runs op; query "a=1&b=2" (values as they are); body JSON or NULL; param the {id}. The status
 * answered. */
int run(struct fixture *x, operation op, const struct resource *res, enum method method,
	const char *param, const char *query, const char *body);
/* The reply's body, parsed; {} where there is none. */
struct json_object *body(struct fixture *x);
const char *member(struct fixture *x,
		   const char *name); /* a string member of the body, "" without */
/* A wrong field of the last error. */
bool has_error(const struct fixture *x, const char *pointer, const char *code);
/* One value from the database as its migrating role, which sees every tenant. */
const char *sql(struct fixture *x, const char *statement);

extern const struct resource test_account, test_contact;
extern const struct registry test_registry;

#endif
