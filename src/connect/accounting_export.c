/*
 * accounting_export.c - the duty that hands journal entries to the accounting system, tenant by
 * tenant.
 *
 * A batch's entries are fixed in the database before it is posted, and confirmed after: a worker
 * that dies in between posts the same batch again, which the adapter knows by its id. One tenant
 * whose batch cannot be posted does not keep the others waiting.
 */
#include <billfold/connect.h>

#include <billfold/base/log.h>

enum { BATCH_ENTRIES = 5000, ROUND_BATCHES = 20, EVERY_S = 30 };

enum {
	COL_ENTRY,
	COL_DOCUMENT_KIND,
	COL_DOCUMENT,
	COL_NUMBER,
	COL_DATE,
	COL_CODE,
	COL_NAME,
	COL_CUSTOMER,
	COL_MEMO,
	COL_DEBIT,
	COL_CREDIT,
	COL_CURRENCY,
	COL_EXPONENT,
	COL_BASE_DEBIT,
	COL_BASE_CREDIT
};

struct syncd {
	struct accounting accounting;
};

struct syncd *
syncd_open(const struct syncd_config *config, struct err *err)
{
	struct arena *a = arena_new(0); /* of the process */
	struct syncd *s = arena_alloc(a, sizeof(*s));

	if (crypto_init(err) < 0)
		return NULL;
	s->accounting = accounting_files(arena_printf(a, "%s/accounting", config->state_dir));
	return s;
}

static int
tenants(struct job *j, const struct flush **ret, int *ret_stmt, struct err *err)
{
	struct flush *f = flush_new(j->db, j->arena);

	flush_begin_read(f);
	*ret_stmt = flush_addv(f, "SELECT t FROM tenant.door_list() t", FLUSH_END);
	flush_commit(f);
	*ret = f;
	return flush_run(f, err);
}

static void
read_line(const struct flush *f, int s, int row, struct accounting_line *l)
{
	*l = (struct accounting_line){ .entry_id = flush_value(f, s, row, COL_ENTRY),
				       .document_kind = flush_value(f, s, row, COL_DOCUMENT_KIND),
				       .document_id = flush_value(f, s, row, COL_DOCUMENT),
				       .document_number = flush_value(f, s, row, COL_NUMBER),
				       .entry_date = flush_value(f, s, row, COL_DATE),
				       .account_code = flush_value(f, s, row, COL_CODE),
				       .account_name = flush_value(f, s, row, COL_NAME),
				       .customer = flush_value(f, s, row, COL_CUSTOMER),
				       .memo = flush_value(f, s, row, COL_MEMO),
				       .debit = flush_int(f, s, row, COL_DEBIT),
				       .credit = flush_int(f, s, row, COL_CREDIT),
				       .currency = flush_value(f, s, row, COL_CURRENCY),
				       .exponent = (int)flush_int(f, s, row, COL_EXPONENT),
				       .has_base = flush_value(f, s, row, COL_BASE_DEBIT) != NULL,
				       .base_debit = flush_int(f, s, row, COL_BASE_DEBIT),
				       .base_credit = flush_int(f, s, row, COL_BASE_CREDIT) };
}

/* 1: a batch is there, 0: nothing to do, -1: err. */
static int
take(struct db *db, struct arena *a, const struct caller *who, const char *adapter,
     struct accounting_batch *ret, struct err *err)
{
	struct flush *f = flush_new(db, a);
	struct accounting_line *lines;
	int s;

	enter_add(f, who);
	s = flush_addv(f,
		       "SELECT batch_id, entity_id, base_currency, base_exponent"
		       "  FROM connect.accounting_take($1, $2::integer)",
		       adapter, arena_printf(a, "%d", BATCH_ENTRIES), FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (!flush_rows(f, s))
		return 0;
	*ret = (struct accounting_batch){ .tenant = who->tenant.z,
					  .id = flush_value(f, s, 0, 0),
					  .entity = flush_value(f, s, 0, 1),
					  .base_currency = flush_value(f, s, 0, 2),
					  .base_exponent = (int)flush_int(f, s, 0, 3) };
	f = flush_new(db, a);
	enter_add_read(f, who);
	s = flush_addv(f, "SELECT * FROM connect.accounting_lines($1::uuid)", ret->id, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	ret->n = (size_t)flush_rows(f, s);
	lines = arena_array(a, ret->n + 1, sizeof(*lines));
	for (size_t i = 0; i < ret->n; i++)
		read_line(f, s, (int)i, &lines[i]);
	ret->lines = lines;
	return 1;
}

static int
confirm(struct db *db, struct arena *a, const struct caller *who, const struct accounting_batch *b,
	const struct accounting_receipt *r, struct err *err)
{
	struct flush *f = flush_new(db, a);

	enter_add(f, who);
	flush_addv(f, "SELECT connect.accounting_posted($1::uuid, $2)", b->id, r->ref, FLUSH_END);
	flush_commit(f);
	return flush_run(f, err);
}

static int
export_tenant(struct job *j, const struct accounting *to, const char *tenant, struct err *err)
{
	struct arena *a = arena_new(0);
	struct caller who;
	int rc = 1;

	caller_worker(&who, tenant, "syncd", NULL);
	for (int i = 0; i < ROUND_BATCHES && rc > 0; i++) {
		struct accounting_batch b;
		struct accounting_receipt r = { 0 };

		arena_reset(a);
		rc = take(j->db, a, &who, to->name, &b, err);
		if (rc > 0 &&
		    (to->post(to, a, &b, &r, err) < 0 || confirm(j->db, a, &who, &b, &r, err) < 0))
			rc = -1;
	}
	arena_free(a);
	return rc < 0 ? -1 : 0;
}

static int
accounting_export(struct job *j, struct err *err)
{
	const struct syncd *s = j->state;
	const struct flush *f;
	int stmt, failures = 0;

	if (tenants(j, &f, &stmt, err) < 0)
		return -1;
	for (int i = 0; i < flush_rows(f, stmt); i++) {
		const char *tenant = flush_value(f, stmt, i, 0);
		struct err one = { 0 };

		if (j->worker && worker_stopping(j->worker))
			break;
		if (export_tenant(j, &s->accounting, tenant, &one) == 0)
			continue;
		failures++;
		log_event(LOG_ERROR, "journal entries cannot be exported", "tenant", tenant,
			  "error", one.detail, "cause", one.cause, NULL);
		*err = one;
	}
	return failures ? -1 : 0;
}

const struct job_kind syncd_kinds[] = {
	{ .name = "accounting_export",
	  .run = accounting_export,
	  .every_s = EVERY_S,
	  .lease_s = 300, /* tenant by tenant */
	  .doc = "Hands new journal entries to the accounting system." },
	{ 0 },
};
