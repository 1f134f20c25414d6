-- Payments that a payer's bank makes in days and not in seconds (direct debits): the attempt says since when the bank has it, its
-- invoice how much is under way.
ALTER TABLE payment.attempt ADD COLUMN processing_at timestamptz;
GRANT SELECT (processing_at) ON payment.attempt TO billfold_program;

-- Follows from the invoice's attempt in flight: 0 where there is none, or none that a bank has.
ALTER TABLE billing.invoice ADD COLUMN amount_processing bigint NOT NULL DEFAULT 0
    CONSTRAINT invoice_amount_processing_check CHECK (amount_processing >= 0 AND amount_processing <= 9007199254740991);

ALTER TABLE payment.payment DROP CONSTRAINT payment_kind_check;
ALTER TABLE payment.payment ADD CONSTRAINT payment_kind_check
    CHECK (kind IN ('bank', 'cash', 'card', 'debit', 'other', 'credit')) NOT VALID;
