-- payment: what customers pay with, what was tried, what came in, and what it was used for.
--
-- An attempt is one try to charge one invoice; an invoice has at most one whose outcome is open. A payment is money
-- that has arrived; allocations say which invoices it pays, what no invoice has used yet is
-- `unapplied`, a liability of the seller, what was given back is `refunded`, and what a bank took back `charged_back`. They
-- always agree: a guard compares them.

CREATE SCHEMA payment;
GRANT USAGE ON SCHEMA payment TO billfold_program;

CREATE TABLE payment.method (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    processor text NOT NULL CONSTRAINT method_processor_check CHECK (length(processor) BETWEEN 1 AND 40),
    -- The account there; NULL: one of those that need none.
    processor_id uuid,
    -- Forgotten when the method is removed; until its processor has forgotten it too it is kept apart.
    token_sealed text,
    detach_sealed text,
    -- When the processor took it up for charges without its owner; NULL: not yet, or it does not ask for that.
    setup_at timestamptz,
    -- What a processor says of it that may be shown.
    brand text CONSTRAINT method_brand_length CHECK (length(brand) BETWEEN 1 AND 40),
    last4 text CONSTRAINT method_last4_check CHECK (last4 ~ '^[0-9A-Za-z]{1,4}$'),
    exp_month smallint CONSTRAINT method_exp_month_check CHECK (exp_month BETWEEN 1 AND 12),
    exp_year smallint CONSTRAINT method_exp_year_check CHECK (exp_year BETWEEN 2000 AND 2200),
    label text CONSTRAINT method_label_length CHECK (length(label) BETWEEN 1 AND 100),
    off_session boolean NOT NULL DEFAULT false,
    consent_at timestamptz,
    is_default boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'active' CONSTRAINT method_state_check CHECK (state IN ('active', 'declined', 'removed')),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT method_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT method_processor_id_fkey FOREIGN KEY (tenant_id, processor_id) REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT method_processor_id_check CHECK (processor_id IS NOT NULL OR processor IN ('sandbox', 'manual')),
    -- A method is charged without its owner only with consent, and consent has a time.
    CONSTRAINT method_consent_check CHECK (off_session = (consent_at IS NOT NULL)),
    CONSTRAINT method_removed_check CHECK ((state = 'removed') = (token_sealed IS NULL)
        AND (state = 'removed') = (archived_at IS NOT NULL))
);
CREATE INDEX method_account_id ON payment.method (tenant_id, account_id, id);
CREATE INDEX method_processor_id ON payment.method (tenant_id, processor_id) WHERE processor_id IS NOT NULL;
CREATE INDEX method_created_at ON payment.method (tenant_id, created_at, id);
CREATE INDEX method_state ON payment.method (tenant_id, state, id);
CREATE UNIQUE INDEX method_default ON payment.method (tenant_id, account_id) WHERE is_default AND state = 'active';

CREATE TABLE payment.attempt (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    invoice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    method_id uuid,
    processor text NOT NULL,
    processor_id uuid,
    -- What the processor is given; sealed, and gone once the attempt is over.
    token_sealed text,
    amount bigint NOT NULL CONSTRAINT attempt_amount_check CHECK (amount > 0 AND amount <= 9007199254740991),
    currency text NOT NULL,
    source text NOT NULL CONSTRAINT attempt_source_check CHECK (source IN ('customer', 'api', 'retry', 'schedule')),
    state text NOT NULL DEFAULT 'new' CONSTRAINT attempt_state_check
        CHECK (state IN ('new', 'in_flight', 'succeeded', 'declined', 'unknown', 'cancelled')),
    decline_class text CONSTRAINT attempt_decline_class_check CHECK (decline_class IN ('soft', 'hard')),
    decline_code text,
    processor_ref text,
    -- Made on the processor's own page, to which the payer is sent: what the processor is given is then where the page leads
    -- back to. Its id there, and where it is, for as long as it is open.
    hosted boolean NOT NULL DEFAULT false,
    page_ref text CONSTRAINT attempt_page_ref_length CHECK (length(page_ref) BETWEEN 1 AND 255),
    page_url text CONSTRAINT attempt_page_url_length CHECK (length(page_url) BETWEEN 1 AND 4000),
    sent_at timestamptz,
    -- Since when nobody knows, after how many answers that were lost, and why the last.
    unknown_at timestamptz,
    unknown_times integer NOT NULL DEFAULT 0,
    unknown_reason text CONSTRAINT attempt_unknown_reason_length CHECK (length(unknown_reason) BETWEEN 1 AND 100),
    resolved_at timestamptz,
    business_at timestamptz NOT NULL DEFAULT base.business_now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT attempt_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT attempt_method_id_fkey FOREIGN KEY (tenant_id, method_id) REFERENCES payment.method (tenant_id, id),
    CONSTRAINT attempt_processor_id_fkey FOREIGN KEY (tenant_id, processor_id) REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT attempt_processor_id_check CHECK (processor_id IS NOT NULL OR processor IN ('sandbox', 'manual'))
);
-- One attempt in flight an invoice; an unknown one blocks until the processor has been asked.
CREATE UNIQUE INDEX attempt_in_flight ON payment.attempt (tenant_id, invoice_id)
    WHERE state IN ('new', 'in_flight', 'unknown');
CREATE INDEX attempt_invoice_id ON payment.attempt (tenant_id, invoice_id, id);
CREATE INDEX attempt_account_id ON payment.attempt (tenant_id, account_id, id);
CREATE INDEX attempt_state ON payment.attempt (tenant_id, state, id);
CREATE INDEX attempt_processor_ref ON payment.attempt (tenant_id, processor_ref COLLATE "C") WHERE processor_ref IS NOT NULL;
CREATE INDEX attempt_created_at ON payment.attempt (tenant_id, created_at, id);
CREATE INDEX attempt_processor_id ON payment.attempt (tenant_id, processor_id) WHERE processor_id IS NOT NULL;
CREATE INDEX attempt_method_id ON payment.attempt (tenant_id, method_id) WHERE method_id IS NOT NULL;

-- A method is to be kept: its owner is sent to the processor's own page, on which nothing is paid. The consent to it is given before.
CREATE TABLE payment.setup (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    -- The one on whose page the payer asked for it.
    invoice_id uuid,
    processor text NOT NULL CONSTRAINT setup_processor_check CHECK (length(processor) BETWEEN 1 AND 40),
    processor_id uuid NOT NULL,
    currency text NOT NULL,
    source text NOT NULL CONSTRAINT setup_source_check CHECK (source IN ('customer', 'api')),
    state text NOT NULL DEFAULT 'new' CONSTRAINT setup_state_check
        CHECK (state IN ('new', 'in_flight', 'unknown', 'succeeded', 'failed', 'expired')),
    failure_code text CONSTRAINT setup_failure_code_length CHECK (length(failure_code) BETWEEN 1 AND 100),
    -- Where the page leads back to; sealed, and gone once it is over.
    token_sealed text,
    page_ref text CONSTRAINT setup_page_ref_length CHECK (length(page_ref) BETWEEN 1 AND 255),
    page_url text CONSTRAINT setup_page_url_length CHECK (length(page_url) BETWEEN 1 AND 4000),
    sent_at timestamptz,
    unknown_at timestamptz,
    unknown_times integer NOT NULL DEFAULT 0,
    unknown_reason text CONSTRAINT setup_unknown_reason_length CHECK (length(unknown_reason) BETWEEN 1 AND 100),
    resolved_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT setup_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT setup_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT setup_processor_id_fkey FOREIGN KEY (tenant_id, processor_id) REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT setup_over_check CHECK ((state IN ('succeeded', 'failed', 'expired')) = (resolved_at IS NOT NULL)
        AND (resolved_at IS NULL OR (token_sealed IS NULL AND page_url IS NULL)))
);
-- One page at a time for those who ask from an invoice's.
CREATE UNIQUE INDEX setup_in_flight ON payment.setup (tenant_id, invoice_id)
    WHERE invoice_id IS NOT NULL AND state IN ('new', 'in_flight', 'unknown');
CREATE INDEX setup_invoice_id ON payment.setup (tenant_id, invoice_id, id) WHERE invoice_id IS NOT NULL;
CREATE INDEX setup_account_id ON payment.setup (tenant_id, account_id, id);
CREATE INDEX setup_state ON payment.setup (tenant_id, state, id);
CREATE INDEX setup_created_at ON payment.setup (tenant_id, created_at, id);
CREATE INDEX setup_processor_id ON payment.setup (tenant_id, processor_id);

-- A payer agrees that a method is kept and charged without them, before the processor knows it: to which words, when and whence.
CREATE TABLE payment.consent (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- With a payment, or by itself.
    attempt_id uuid,
    setup_id uuid,
    words text NOT NULL CONSTRAINT consent_words_length CHECK (length(words) BETWEEN 1 AND 2000),
    address text NOT NULL CONSTRAINT consent_address_length CHECK (length(address) <= 45),
    given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The method that it is for, once there is one.
    method_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT consent_attempt_id_key UNIQUE (tenant_id, attempt_id),
    CONSTRAINT consent_setup_id_key UNIQUE (tenant_id, setup_id),
    CONSTRAINT consent_way_check CHECK (num_nonnulls(attempt_id, setup_id) = 1),
    CONSTRAINT consent_setup_id_fkey FOREIGN KEY (tenant_id, setup_id) REFERENCES payment.setup (tenant_id, id),
    CONSTRAINT consent_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT consent_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES payment.attempt (tenant_id, id),
    CONSTRAINT consent_method_id_fkey FOREIGN KEY (tenant_id, method_id) REFERENCES payment.method (tenant_id, id)
);
CREATE INDEX consent_account_id ON payment.consent (tenant_id, account_id);
CREATE INDEX consent_method_id ON payment.consent (tenant_id, method_id) WHERE method_id IS NOT NULL;

CREATE TABLE payment.payment (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    -- credit: no money came; a document in the customer's favour that credits no other one gives it.
    kind text NOT NULL CONSTRAINT payment_kind_check CHECK (kind IN ('bank', 'cash', 'card', 'other', 'credit')),
    amount bigint NOT NULL CONSTRAINT payment_amount_check CHECK (amount > 0 AND amount <= 9007199254740991),
    unapplied bigint NOT NULL,
    -- What was given back of it, and what is on its way back.
    refunded bigint NOT NULL DEFAULT 0,
    -- What banks took back of it by disputes that were lost.
    charged_back bigint NOT NULL DEFAULT 0,
    currency text NOT NULL,
    received_on date NOT NULL,
    reference text,
    attempt_id uuid,
    -- The one that it was meant for, where it said so.
    invoice_id uuid,
    notes text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT payment_unapplied_check CHECK (unapplied BETWEEN 0 AND amount),
    CONSTRAINT payment_refunded_check CHECK (refunded BETWEEN 0 AND amount - unapplied),
    CONSTRAINT payment_charged_back_check CHECK (charged_back BETWEEN 0 AND amount - unapplied - refunded),
    CONSTRAINT payment_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT payment_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES payment.attempt (tenant_id, id),
    CONSTRAINT payment_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT payment_attempt_id_key UNIQUE (tenant_id, attempt_id)
);
CREATE INDEX payment_account_id ON payment.payment (tenant_id, account_id, id);
CREATE INDEX payment_unapplied ON payment.payment (tenant_id, account_id, currency, received_on, id) WHERE unapplied > 0;
CREATE INDEX payment_invoice_id ON payment.payment (tenant_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE UNIQUE INDEX payment_credit_key ON payment.payment (tenant_id, invoice_id) WHERE kind = 'credit';
CREATE INDEX payment_left ON payment.payment (tenant_id, unapplied, id);
CREATE INDEX payment_created_at ON payment.payment (tenant_id, created_at, id);
CREATE INDEX payment_received_on ON payment.payment (tenant_id, received_on, id);
CREATE INDEX payment_kind ON payment.payment (tenant_id, kind, id);
CREATE INDEX payment_currency ON payment.payment (tenant_id, currency COLLATE "C", id);
CREATE INDEX payment_reference ON payment.payment (tenant_id, reference COLLATE "C", id);

-- Money given back of a payment: at once where people do it (no processor), else like an attempt. Its amount is out of the
-- payment from the first moment on; where it fails, it is put back.
CREATE TABLE payment.refund (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    payment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- The one that is open again by it, where it was asked for so.
    invoice_id uuid,
    amount bigint NOT NULL CONSTRAINT refund_amount_check CHECK (amount > 0 AND amount <= 9007199254740991),
    currency text NOT NULL,
    reason text CONSTRAINT refund_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
    -- Who charged it and gives it back; NULL: people do.
    processor text,
    processor_id uuid,
    state text NOT NULL DEFAULT 'new' CONSTRAINT refund_state_check
        CHECK (state IN ('new', 'in_flight', 'unknown', 'succeeded', 'failed')),
    failure_code text CONSTRAINT refund_failure_code_length CHECK (length(failure_code) BETWEEN 1 AND 100),
    processor_ref text,
    sent_at timestamptz,
    unknown_at timestamptz,
    unknown_times integer NOT NULL DEFAULT 0,
    unknown_reason text CONSTRAINT refund_unknown_reason_length CHECK (length(unknown_reason) BETWEEN 1 AND 100),
    -- Both where the money came back after it had been on its way.
    succeeded_at timestamptz,
    failed_at timestamptz,
    business_at timestamptz NOT NULL DEFAULT base.business_now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT refund_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES payment.payment (tenant_id, id),
    CONSTRAINT refund_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT refund_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT refund_processor_id_fkey FOREIGN KEY (tenant_id, processor_id) REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT refund_by_hand_check CHECK (processor IS NOT NULL OR (processor_id IS NULL AND state = 'succeeded')),
    CONSTRAINT refund_outcome_check CHECK ((state = 'failed') = (failed_at IS NOT NULL)
        AND (state = 'succeeded') <= (succeeded_at IS NOT NULL))
);
-- One in flight a payment; an unknown one blocks until the processor has been asked.
CREATE UNIQUE INDEX refund_in_flight ON payment.refund (tenant_id, payment_id)
    WHERE state IN ('new', 'in_flight', 'unknown');
CREATE INDEX refund_payment_id ON payment.refund (tenant_id, payment_id, id);
CREATE INDEX refund_account_id ON payment.refund (tenant_id, account_id, id);
CREATE INDEX refund_invoice_id ON payment.refund (tenant_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX refund_state ON payment.refund (tenant_id, state, id);
CREATE INDEX refund_created_at ON payment.refund (tenant_id, created_at, id);
CREATE INDEX refund_processor_id ON payment.refund (tenant_id, processor_id) WHERE processor_id IS NOT NULL;
CREATE UNIQUE INDEX refund_processor_ref ON payment.refund (tenant_id, processor_ref COLLATE "C", payment_id) WHERE processor_ref IS NOT NULL;

-- The payer has called the bank about a charge. While it is open the money may be with the bank; lost, it is taken back of the
-- payment as far as there is so much, the rest is the seller's loss.
CREATE TABLE payment.dispute (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    payment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    -- The one that the charge was for.
    invoice_id uuid NOT NULL,
    processor text NOT NULL,
    processor_id uuid,
    processor_ref text NOT NULL CONSTRAINT dispute_processor_ref_length CHECK (length(processor_ref) BETWEEN 1 AND 255),
    amount bigint NOT NULL CONSTRAINT dispute_amount_check CHECK (amount > 0 AND amount <= 9007199254740991),
    currency text NOT NULL,
    reason text CONSTRAINT dispute_reason_length CHECK (length(reason) BETWEEN 1 AND 200),
    -- An inquiry is a question that may become one.
    state text NOT NULL CONSTRAINT dispute_state_check CHECK (state IN ('inquiry', 'open', 'won', 'lost')),
    -- What of it is with the bank, and what was taken back of the payment in the end.
    withdrawn bigint NOT NULL DEFAULT 0 CONSTRAINT dispute_withdrawn_check CHECK (withdrawn IN (0, amount)),
    taken bigint NOT NULL DEFAULT 0,
    closed_at timestamptz,
    business_at timestamptz NOT NULL DEFAULT base.business_now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT dispute_processor_ref_key UNIQUE (tenant_id, payment_id, processor_ref),
    CONSTRAINT dispute_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES payment.payment (tenant_id, id),
    CONSTRAINT dispute_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT dispute_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT dispute_processor_id_fkey FOREIGN KEY (tenant_id, processor_id) REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT dispute_closed_check CHECK ((state IN ('won', 'lost')) = (closed_at IS NOT NULL)),
    CONSTRAINT dispute_taken_check CHECK (taken BETWEEN 0 AND CASE state WHEN 'lost' THEN amount ELSE 0 END)
);
CREATE INDEX dispute_payment_id ON payment.dispute (tenant_id, payment_id, id);
CREATE INDEX dispute_account_id ON payment.dispute (tenant_id, account_id, id);
CREATE INDEX dispute_invoice_id ON payment.dispute (tenant_id, invoice_id, id);
CREATE INDEX dispute_state ON payment.dispute (tenant_id, state, id);
CREATE INDEX dispute_created_at ON payment.dispute (tenant_id, created_at, id);
CREATE INDEX dispute_processor_id ON payment.dispute (tenant_id, processor_id) WHERE processor_id IS NOT NULL;

CREATE TABLE payment.allocation (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    amount bigint NOT NULL,
    applied_on date NOT NULL,
    -- What took so much of it back; rows are never changed. A credit note, or people, release it: it is the customer's to use.
    refund_id uuid,
    dispute_id uuid,
    credit_id uuid,
    released boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT allocation_amount_check CHECK (CASE num_nonnulls(refund_id, dispute_id, credit_id) + released::integer
        WHEN 0 THEN amount > 0 WHEN 1 THEN amount < 0 ELSE false END),
    CONSTRAINT allocation_credit_id_fkey FOREIGN KEY (tenant_id, credit_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT allocation_dispute_id_fkey FOREIGN KEY (tenant_id, dispute_id) REFERENCES payment.dispute (tenant_id, id),
    CONSTRAINT allocation_refund_id_fkey FOREIGN KEY (tenant_id, refund_id) REFERENCES payment.refund (tenant_id, id),
    CONSTRAINT allocation_payment_id_fkey FOREIGN KEY (tenant_id, payment_id)
        REFERENCES payment.payment (tenant_id, id),
    CONSTRAINT allocation_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES billing.invoice (tenant_id, id)
);
CREATE INDEX allocation_payment_id ON payment.allocation (tenant_id, payment_id, id);
CREATE INDEX allocation_invoice_id ON payment.allocation (tenant_id, invoice_id, id);
CREATE INDEX allocation_dispute_id ON payment.allocation (tenant_id, dispute_id) WHERE dispute_id IS NOT NULL;
CREATE INDEX allocation_credit_id ON payment.allocation (tenant_id, credit_id) WHERE credit_id IS NOT NULL;
CREATE INDEX allocation_refund_id ON payment.allocation (tenant_id, refund_id) WHERE refund_id IS NOT NULL;

-- What a processor kept of a payment, or gave back of that (negative); once by its own booking.
CREATE TABLE payment.fee (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    payment_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT fee_kind_check CHECK (kind IN ('charge', 'refund', 'dispute')),
    ref text NOT NULL CONSTRAINT fee_ref_length CHECK (length(ref) BETWEEN 1 AND 255),
    amount bigint NOT NULL CONSTRAINT fee_amount_check CHECK (amount <> 0),
    -- The processor settles in a currency of its own.
    currency text NOT NULL,
    booked_on date NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT fee_ref_key UNIQUE (tenant_id, payment_id, ref),
    CONSTRAINT fee_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES payment.payment (tenant_id, id)
);

CALL base.secure_table('payment.method', object => 'payment_method');
CALL base.secure_table('payment.attempt', object => 'payment_attempt');
CALL base.secure_table('payment.setup', object => 'payment_setup');
CALL base.secure_table('payment.consent', stamp => false, parent => 'crm.account(account_id)');
CALL base.secure_table('payment.payment');
CALL base.secure_table('payment.refund', parent => 'payment.payment(payment_id)');
CALL base.secure_table('payment.dispute', parent => 'payment.payment(payment_id)');
CALL base.secure_table('payment.allocation', audit => false, stamp => false);
CALL base.secure_table('payment.fee', audit => false, stamp => false, parent => 'payment.payment(payment_id)');

GRANT SELECT ON ALL TABLES IN SCHEMA payment TO billfold_program;
-- Tokens, sealed as they are, are for those who hand them to a processor; the trail shows only that one changed.
REVOKE SELECT ON payment.method, payment.attempt, payment.setup FROM billfold_program;
GRANT SELECT ON payment.method, payment.attempt, payment.setup TO billfold_api, billfold_paymentd;
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, account_id, processor, processor_id,
    setup_at, brand, last4, exp_month, exp_year, label, off_session, consent_at, is_default, state) ON payment.method TO billfold_program;
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, invoice_id, account_id, method_id, processor, processor_id,
    amount, currency, source, state, decline_class, decline_code, processor_ref, hosted, sent_at, unknown_at, unknown_times, unknown_reason,
    resolved_at, business_at)
    ON payment.attempt TO billfold_program;
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, account_id, invoice_id, processor, processor_id, currency,
    source, state, failure_code, sent_at, unknown_at, unknown_times, unknown_reason, resolved_at) ON payment.setup TO billfold_program;
INSERT INTO audit.masked_column (table_name, column_name) VALUES
    ('payment.method', 'detach_sealed'), ('payment.setup', 'token_sealed'), ('payment.method', 'token_sealed'), ('payment.attempt', 'token_sealed');
GRANT INSERT, UPDATE ON payment.method, payment.attempt, payment.setup, payment.payment, payment.refund TO billfold_api, billfold_paymentd;
GRANT INSERT ON payment.consent TO billfold_api;
GRANT UPDATE (method_id) ON payment.consent TO billfold_paymentd;
GRANT INSERT ON payment.allocation TO billfold_api, billfold_paymentd, billfold_invoiced;
GRANT INSERT ON payment.fee TO billfold_paymentd;
GRANT INSERT, UPDATE ON payment.dispute TO billfold_paymentd;
-- Finalizing uses what the account has paid in advance.
GRANT INSERT, UPDATE ON payment.payment TO billfold_invoiced;
-- A credit note that is finalized among many may be given back at once.
GRANT INSERT ON payment.refund TO billfold_invoiced;
-- To hold a payer's row takes a right to write it; the stamp overrules what it would write here.
GRANT UPDATE (updated_at) ON crm.account TO billfold_paymentd;

CREATE FUNCTION payment.stamp_consent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER stamp_consent BEFORE INSERT OR UPDATE ON payment.method
    FOR EACH ROW EXECUTE FUNCTION payment.stamp_consent();
CREATE FUNCTION payment.guard_allocation() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER guard_allocation AFTER INSERT OR UPDATE ON payment.allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment.guard_allocation();
CREATE CONSTRAINT TRIGGER guard_unapplied AFTER INSERT OR UPDATE OF amount, unapplied, refunded, charged_back ON payment.payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment.guard_allocation();
CREATE CONSTRAINT TRIGGER guard_paid AFTER UPDATE OF paid ON billing.invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.paid <> NEW.paid) EXECUTE FUNCTION payment.guard_allocation();
