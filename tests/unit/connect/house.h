/*
 * house.h - a tenant with an account, contacts and a final invoice, in a migrated database.
 *
 * BILLFOLD_TEST_PG: a superuser's conninfo ("... user=postgres dbname=..."); without it, and in a
 * database that is not migrated, the tests are skipped. Each program's tenant is its own and new at
 * every run.
 */
#ifndef TESTS_CONNECT_HOUSE_H
#define TESTS_CONNECT_HOUSE_H

#include "job/run.h"

#include <billfold/connect.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

struct house {
	struct arena *a;
	struct db *admin;
	const char *conninfo; /* without user */
	struct uuid tenant, entity, account, contact;
	char dir[40]; /* of files, removed by hand in /tmp */
	char secret_file[60];
};

static struct house house;

/* The conninfo without its user, so that a program's role can be put behind it. */
static inline const char *
without_user(struct arena *a, const char *conninfo)
{
	struct str rest = str_from(conninfo);
	struct sb sb;

	sb_init(&sb, a, 1000);
	while (rest.len) {
		struct str word = str_cut(rest, ' ', &rest);

		if (!str_starts(word, STR("user=")))
			sb_addf(&sb, STR_FMT " ", STR_ARG(word));
	}
	return sb_z(&sb);
}

/* One statement within the tenant, as the superuser; its first value or NULL. Fails the test when
 * it fails. */
static inline const char *
sql(const char *text, const char *one, const char *two, const char *three)
{
	const char *params[] = { one, two, three };
	int n = three ? 3 : two ? 2 : one ? 1 : 0;
	struct flush *f = flush_new(house.admin, house.a);
	struct caller who;
	struct err err = { 0 };
	int s;

	caller_worker(&who, house.tenant.z, "test", "request-1");
	enter_add(f, &who);
	s = flush_add(f, text, n, params);
	flush_commit(f);
	if (flush_run(f, &err) < 0)
		fail_msg("%s: %s %s", text, err.detail, err.cause);
	return flush_rows(f, s) ? flush_value(f, s, 0, 0) : NULL;
}

static inline struct db *
program(const char *name)
{
	return db_new(arena_printf(house.a, "%suser=billfold_%s", house.conninfo, name), name);
}

static inline bool
is_migrated(void)
{
	struct flush *f = flush_new(house.admin, house.a);
	struct err err = { 0 };
	int s = flush_addv(f, "SELECT to_regclass('document.delivery') IS NOT NULL", FLUSH_END);

	if (flush_run(f, &err) < 0)
		return fprintf(stderr, "%s %s\n", err.detail, err.cause), false;
	return flush_bool(f, s, 0, 0);
}

static inline int
make_tenant(void)
{
	struct flush *f = flush_new(house.admin, house.a);
	struct err err = { 0 };

	flush_begin(f);
	flush_addv(
	    f,
	    "SELECT tenant.create($1::uuid, $2::uuid, 'unit-' || right($1::text, 12), 'Werk & "
	    "Söhne', 'EUR', 'DE',"
	    " 'Europe/Berlin', 'de-DE', true, 'worker:test')",
	    house.tenant.z, house.entity.z, FLUSH_END);
	flush_addv(
	    f,
	    "INSERT INTO crm.account (id, account_name, legal_name, payment_terms, invoice_address)"
	    " VALUES ($1::uuid, 'Acme', 'Acme GmbH', 30, '{\"line1\": \"Weg 1\", \"city\": "
	    "\"Bonn\", "
	    "\"country\": \"DE\"}')",
	    house.account.z, FLUSH_END);
	flush_addv(f,
		   "INSERT INTO crm.contact (id, account_id, name, email, roles)"
		   " VALUES ($1::uuid, $2::uuid, 'Ännchen Pay', 'pay@acme.example', '{billing}')",
		   house.contact.z, house.account.z, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, &err) < 0)
		return fprintf(stderr, "%s %s\n", err.detail, err.cause), -1;
	return 0;
}

/* A final invoice over 119.00, as if it had been finalized; its id. */
static inline const char *
an_invoice(const char *number, const char *email)
{
	const char *id = uuid_new_z(house.a);

	sql("INSERT INTO billing.invoice (id, account_id, entity_id, status, number, series_id, "
	    "series_period, series_no,"
	    " issue_date, due_date, payment_terms, currency, exponent, subtotal, net_total, "
	    "tax_total, total, payable,"
	    " seller, payer, contact, finalized_at)"
	    " SELECT $1::uuid, a.id, e.id, 'open', $2, base.new_id(), '', 1, '2026-03-01', "
	    "'2026-03-31', 30, 'EUR', 2,"
	    " 10000, 10000, 1900, 11900, 11900, billing.seller_snapshot(e) || '{\"email\": "
	    "\"office@werk.example\"}',"
	    " billing.payer_snapshot(a, NULL), jsonb_build_object('name', 'Ännchen Pay', 'email', "
	    "$3::text), now()"
	    " FROM crm.account a JOIN tenant.entity e ON e.tenant_id = a.tenant_id WHERE "
	    "a.tenant_id = base.tenant_id()",
	    id, number, email);
	return id;
}

static inline int
house_open(void)
{
	static const char key[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
	const char *conninfo = getenv("BILLFOLD_TEST_PG");
	struct err err = { 0 };
	int fd;

	house = (struct house){ .a = arena_new(0), .dir = "/tmp/billfold-connect-XXXXXX" };
	house.tenant = uuid_new();
	house.entity = uuid_new();
	house.account = uuid_new();
	house.contact = uuid_new();
	if (crypto_init(&err) < 0 || !mkdtemp(house.dir))
		return -1;
	snprintf(house.secret_file, sizeof(house.secret_file), "%s/secret", house.dir);
	fd = open(house.secret_file, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, key, sizeof(key) - 1) < 0)
		return -1;
	close(fd);
	if (!conninfo)
		return 0;
	house.conninfo = without_user(house.a, conninfo);
	house.admin = db_new(conninfo, "unit");
	if (is_migrated())
		return make_tenant();
	db_free(house.admin);
	house.admin = NULL;
	return 0;
}

#define need_house()                                                                               \
	do {                                                                                       \
		if (!house.admin)                                                                  \
			skip();                                                                    \
	} while (0)

/* Claims a job of the kind by its key and runs it, as the machinery does. 0: finished, 1: deferred,
 * -1: err. */
static inline int
run_kind(struct db *db, const char *program_name, const struct job_kind *kind, const char *key,
	 void *state, struct err *err)
{
	struct job_mark mark = { .kind = kind, .program = program_name };
	struct job j = { .arena = house.a,
			 .db = db,
			 .state = state,
			 .kind = kind->name,
			 .mark = &mark,
			 .attempts = 1 };
	struct flush *f = flush_new(db, house.a);
	const char *id = sql(
	    "SELECT id FROM job.job WHERE tenant_id = base.tenant_id() AND kind = $1 AND key = $2",
	    kind->name, key, NULL);
	int s;

	assert_non_null(id);
	/* due again at once, whatever its back-off */
	sql("UPDATE job.job SET run_at = now(), state = 'scheduled', lease_until = NULL, "
	    "lease_token = NULL, finished_at = NULL"
	    " WHERE tenant_id = base.tenant_id() AND id = $1::uuid AND state <> 'done'",
	    id, NULL, NULL);
	caller_worker(&j.who, house.tenant.z, program_name, "request-1");
	enter_add(f, &j.who);
	s = flush_addv(f, "SELECT payload::text, lease_token FROM job.claim($1::uuid, 60, 100, 0)",
		       id, FLUSH_END);
	flush_commit(f);
	assert_int_equal(flush_run(f, err), 0);
	assert_int_equal(flush_rows(f, s), 1);
	j.id = id;
	j.lease_token = flush_value(f, s, 0, 1);
	assert_int_equal(jscan_parse(house.a, flush_str(f, s, 0, 0), &j.payload, err), 0);
	if (kind->run(&j, err) < 0)
		return -1;
	if (mark.deferring && flush_ok(mark.deferring))
		return 1;
	if (!mark.finishing) {
		f = flush_new(db, house.a);
		enter_add(f, &j.who);
		job_done_add(f, &j);
		flush_commit(f);
		assert_int_equal(flush_run(f, err), 0);
	}
	return 0;
}

#endif
