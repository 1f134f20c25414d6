/*
 * processor_sandbox.c - a processor that lives in this database and does what its tokens say.
 *
 * It behaves as a real one would: its ledger (connect.sandbox_charge) is written in a transaction
 * of its own, the key of a charge is honoured (the same key gives the same answer, another content
 * is refused), and a look-up answers from the ledger. With sandbox_unknown the money moves and the
 * answer is lost: charge says unknown, however often it is asked; only the look-up tells the truth.
 * So with refunds of such a charge. A debit is with its bank for five days of business time.
 */
#include "processors.h"

#include <inttypes.h>

enum { COL_ID, COL_TOKEN, COL_STATE, COL_CLASS, COL_CODE, COL_DISPUTED };

static void
take_row(const struct flush *f, int s, struct charge_result *ret)
{
	struct str state = flush_str(f, s, 0, COL_STATE);

	*ret = (struct charge_result){
		.state = str_eqz(state, "declined")     ? CHARGE_DECLINED
			 : str_eqz(state, "processing") ? CHARGE_PROCESSING
							: CHARGE_SUCCEEDED,
		.ref = flush_value(f, s, 0, COL_ID),
		.decline_class = flush_value(f, s, 0, COL_CLASS),
		.decline_code = flush_value(f, s, 0, COL_CODE),
		.ends_method = str_eqz(flush_str(f, s, 0, COL_CLASS), "hard"),
		.kind = str_starts(flush_str(f, s, 0, COL_TOKEN), STR("sandbox_debit_")) ? "debit"
											 : "card",
		.disputed = flush_bool(f, s, 0, COL_DISPUTED)
	};
}

static int
charge(const struct processor_env *env, struct arena *a, const struct charge *c,
       struct charge_result *ret, struct err *err)
{
	struct flush *f = flush_new(env->db, a);
	int s;

	enter_add(f, env->who);
	s = flush_addv(f, "SELECT * FROM connect.sandbox_charge($1, $2, $3::bigint, $4)", c->key,
		       str_dup(a, c->token), arena_printf(a, "%" PRId64, c->amount), c->currency,
		       FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0) {
		if (!flush_commit_unknown(f))
			return -1; /* rolled back: the sandbox did nothing */
		err_clear(err);
		*ret = (struct charge_result){ .state = CHARGE_UNKNOWN };
		return 0;
	}
	if (str_eqz(c->token, "sandbox_unknown"))
		*ret = (struct charge_result){ .state = CHARGE_UNKNOWN };
	else
		take_row(f, s, ret);
	return 0;
}

static int
lookup(const struct processor_env *env, struct arena *a, const struct processor_query *q,
       struct charge_result *ret, struct err *err)
{
	struct flush *f = flush_new(env->db, a);
	int s;

	enter_add(f, env->who);
	s = flush_addv(f, "SELECT * FROM connect.sandbox_lookup($1)", q->key, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	if (flush_rows(f, s))
		take_row(f, s, ret);
	else
		*ret = (struct charge_result){ .state = CHARGE_ABSENT };
	return 0;
}

/* ---- money back ---- */

enum { BACK_ID, BACK_KEY, BACK_AMOUNT, BACK_STATE, BACK_CODE, BACK_TOKEN };

static struct charge_result
refund_row(const struct flush *f, int s, int row)
{
	bool failed = strcmp(flush_value(f, s, row, BACK_STATE), "failed") == 0;

	return (struct charge_result){ .state = failed ? CHARGE_DECLINED : CHARGE_SUCCEEDED,
				       .ref = flush_value(f, s, row, BACK_ID),
				       .decline_code = flush_value(f, s, row, BACK_CODE) };
}

static int
refund(const struct processor_env *env, struct arena *a, const struct refund *r,
       struct charge_result *ret, struct err *err)
{
	struct flush *f = flush_new(env->db, a);
	int s;

	enter_add(f, env->who);
	s = flush_addv(f, "SELECT * FROM connect.sandbox_refund($1, $2, $3::bigint)", r->key,
		       r->charge_key, arena_printf(a, "%" PRId64, r->amount), FLUSH_END);
	flush_commit(f);
	*ret = (struct charge_result){ .state = CHARGE_UNKNOWN };
	if (flush_run(f, err) < 0) {
		if (!flush_commit_unknown(f))
			return -1;
		err_clear(err);
		return 0;
	}
	if (!str_eqz(flush_str(f, s, 0, BACK_TOKEN), "sandbox_unknown"))
		*ret = refund_row(f, s, 0);
	return 0;
}

static int
refunds(const struct processor_env *env, struct arena *a, const struct processor_query *q,
	struct refunds_seen *ret, struct processor_trouble *trouble, struct err *err)
{
	struct flush *f = flush_new(env->db, a);
	struct refund_seen *seen;
	int s;

	*trouble = (struct processor_trouble){ 0 };
	enter_add_read(f, env->who);
	s = flush_addv(f, "SELECT * FROM connect.sandbox_refunds($1)", q->key, FLUSH_END);
	flush_commit(f);
	if (flush_run(f, err) < 0)
		return -1;
	ret->n = (size_t)flush_rows(f, s);
	ret->v = seen = arena_array(a, ret->n + 1, sizeof(*seen));
	for (int i = 0; i < flush_rows(f, s); i++)
		seen[i] = (struct refund_seen){ .key = flush_value(f, s, i, BACK_KEY),
						.amount = flush_int(f, s, i, BACK_AMOUNT),
						.is = refund_row(f, s, i) };
	return 0;
}

const struct processor processor_sandbox = {
	.name = "sandbox",
	.charge = charge,
	.lookup = lookup,
	.refund = refund,
	.refunds = refunds,
	.doc = "Answers by token: sandbox_ok, sandbox_decline_soft, sandbox_decline_hard, "
	       "sandbox_unknown, sandbox_dispute, sandbox_refund_fail, sandbox_debit_ok, "
	       "sandbox_debit_fail.",
};
