-- Money in a foreign currency carries the rate at which it came, and the journal what is gained or lost by exchange: lines in base
-- currency alone.

ALTER TABLE payment.payment ADD COLUMN exchange_rate numeric CONSTRAINT payment_exchange_rate_check CHECK (exchange_rate > 0);

ALTER TABLE ledger.line DROP CONSTRAINT line_side_check;
ALTER TABLE ledger.line ADD CONSTRAINT line_side_check CHECK (debit >= 0 AND credit >= 0 AND (debit = 0 OR credit = 0)
    AND (debit + credit > 0 OR coalesce((base_debit = 0) <> (base_credit = 0), false)));
