/*
 * attempt.h - an attempt in the payment worker's hands, and how this room speaks to its processor.
 */
#ifndef BILLFOLD_PAYMENT_ATTEMPT_H
#define BILLFOLD_PAYMENT_ATTEMPT_H

#include <billfold/connect.h>
#include <billfold/payment.h>

/* The columns of payment.attempt_take(). */
enum {
	COL_STATE,
	COL_PROCESSOR,
	COL_TOKEN,
	COL_SEALED_FOR,
	COL_AMOUNT,
	COL_CURRENCY,
	COL_REFERENCE,
	COL_OFF_SESSION,
	COL_INVOICE,
	COL_ACCOUNT,
	COL_PROCESSOR_ID,
	COL_API_KEY,
	COL_LIVE,
	COL_EXPONENT,
	COL_SENT,
	COL_UNKNOWN_S,
	COL_UNKNOWN_TIMES,
	COL_UNKNOWN_REASON,
	COL_PROCESSOR_REF,
	COL_ENTITY,
	COL_TODAY,
	COL_PAYMENT,
	COL_DUE,
	COL_HOSTED,
	COL_PAGE,
	COL_CONSENT,
	COL_PROCESSING
};

struct taken {
	const struct flush *f;
	int stmt;
	const char *attempt;
	const char *event; /* of a processor that told; NULL: we asked. It is over with the job */
};

const char *taken_value(const struct taken *t, int col);
bool taken_is_over(const struct taken *t);
/* From here on the money may move, committed; not so for one that is over, or that nothing is due
 * for any more. */
int attempt_take(struct job *j, const char *attempt, struct taken *ret, struct err *err);
/* What an outcome changes here, with the end of the job. ERR_wrong_state: somebody else wrote it
 * first. */
int attempt_succeeded(struct job *j, const struct taken *t, const struct charge_result *r,
		      struct err *err);
int attempt_declined(struct job *j, const struct taken *t, const struct charge_result *r,
		     struct err *err);
/* It was never charged, and nothing is due any more. */
int attempt_cancelled(struct job *j, const struct taken *t, struct err *err);
/* Nobody knows yet, or the processor is not done: written down, with when the job looks again. */
int attempt_open_still(struct job *j, const struct taken *t, const struct charge_result *r,
		       int wait_s, struct err *err);
/* The payer's bank has it: written down with the end of the event that told; the attempt's job goes
 * on looking. */
int attempt_processing(struct job *j, const struct taken *t, const struct charge_result *r,
		       struct err *err);
/* What the processor kept of the attempt's payment, or of one that was declined, and the method
 * that it has kept for us. ERR_conflict: booked already. */
int attempt_more(struct job *j, const struct taken *t, const struct charge_result *r,
		 struct err *err);
/* What is told of a payment that is there: its fee, the method that its payer agreed to keep; of a
 * decline: what it cost. */
bool attempt_tells_more(const struct taken *t, const struct charge_result *r);
/* What collection of the invoice is decided on. */
int read_dunning(struct job *j, const char *invoice, struct flush **ret, int *ret_stmt,
		 struct err *err);

/* ---- fee.c ---- */

/*
 * Of which payment (NULL: of an attempt that has brought none), and for what: "charge", "refund",
 * "dispute", "failure". moved: the money of which it is kept, in the attempt's own currency.
 */
struct fee_of {
	const char *attempt, *payment, *kind;
	const char *entity_id, *account_id, *date;
	int64_t moved;
	/* Of fee_load. */
	const char *currency, *base_currency;
	int exponent, base_exponent;
	bool has_rate;
	struct decimal rate;
	struct str booked, converted; /* whose fees, and whose conversions, are known */
};
/* Adds what is known of the currencies of an attempt to a flush that reads, or reads it now. */
int fee_read(struct flush *f, const char *attempt);
void fee_load(const struct flush *f, int stmt, struct fee_of *of);
int fee_read_now(struct job *j, struct fee_of *of, struct err *err);
/* One of these, with commas between them. */
bool booking_in(struct str refs, const char *ref);
/* It is something, and not booked yet. */
bool fee_is_new(const struct fee_of *of, const struct processor_fee *fee);
/*
 * Adds a fee with its entry, in the currency that the processor settles in and at what that is
 * worth in the seller's own; nothing of one that is not new. The flush fails with ERR_conflict: it
 * was booked meanwhile.
 */
int fee_add(struct flush *f, struct arena *a, const struct fee_of *of,
	    const struct processor_fee *fee, struct err *err);

/* conversion.c: as fee_add, with what the processor exchanged by the same booking. How much of that
 * is new: 0 to 2. */
int booking_add(struct flush *f, struct arena *a, const struct fee_of *of,
		const struct processor_fee *b, struct err *err);

/* As the API shows them. */
extern const struct field fee_fields[], conversion_fields[];

/* ---- dispute.c ---- */

/* Adds the job that opens the dispute which came with a charge. */
void dispute_follow_add(struct flush *f, const struct taken *t);
int dispute_run(struct job *j, struct err *err);

/* ---- told.c, poll.c: jobs ---- */

int told_run(struct job *j, struct err *err);
int poll_run(struct job *j, struct err *err);
/* Adds the end of an event and of its job; reason NULL: applied, else parked. */
void told_end_add(struct flush *f, struct job *j, const char *event, const char *reason);

/* key.c, setup_job.c: jobs */
int key_run(struct job *j, struct err *err);
int setup_run(struct job *j, struct err *err);
int detach_run(struct job *j, struct err *err);
/* Adds the method that its owner agreed to keep, sealed for its row; nothing without either. */
int method_kept_add(struct flush *f, struct job *j, const char *consent,
		    const struct method_seen *m, struct err *err);

/* ---- processor.c ---- */

/* An adapter, and all that it is handed. */
struct at_processor {
	const struct processor *p;
	struct processor_env env;
	struct processor_account account;
};

/* What connect.processor says of an account: id and key_sealed NULL for processors without one. */
struct account_row {
	const char *kind, *id, *key_sealed;
	bool live;
};
/*
 * charge.c: what became of the attempt's charge; ref, page NULL: as far as it is known here. page:
 * the processor's, on which the payer pays.
 */
int attempt_look_up(const struct at_processor *at, struct job *j, const struct taken *t,
		    const char *ref, const char *page, struct charge_result *ret, struct err *err);
int at_processor(struct job *j, const struct account_row *row, struct at_processor *ret,
		 struct err *err);
/* Adds what people should know of an account: trouble in words, NULL: all is well. */
void trouble_add(struct flush *f, const char *processor_id, const char *trouble);
/* Trouble of a call that failed, err, told where people look; -1 where it cannot be told or is a
 * fault of ours. */
int trouble_tell(struct job *j, const struct account_row *row, struct err *err);
/* A call that was made before, and what is known of it. */
struct sent_call {
	int64_t at;        /* seconds since 1970 */
	int64_t unknown_s; /* since when nobody knows, after so many lost answers */
	int64_t unknown_times;
	struct str unknown_reason;
	const char *never; /* the code of one that was surely never carried out */
};
/*
 * The processor has been asked what became of a call, *ret. True: the same key and content may go
 * out once more, because the key still makes that safe. When it does not, and when the processor
 * had its say twice and has no trace of it, there was none and will be none under this key: *ret
 * says so.
 */
bool processor_send_again(const struct at_processor *at, const struct sent_call *sent,
			  struct charge_result *ret);
/*
 * A page whose making was lost is made again only while it would be open for long enough: its end
 * is part of what the processor was told first, and does not move.
 */
bool processor_page_late(int64_t expires);
/* When to ask again what became of a call of that moment, of which this much is known. */
int processor_wait_s(int64_t sent, enum charge_state known);
/*
 * A call that failed without effect: the job waits as the processor says, or for as long as people
 * need; what no waiting mends is handed back as -1.
 */
int processor_wait(struct job *j, const struct account_row *row,
		   const struct processor_trouble *trouble, int wait_s, struct err *err);

#endif
