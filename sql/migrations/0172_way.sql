-- How a payment came, beyond cards and debits: by the payer's own bank, from a wallet, later, by a voucher; and in the processor's own word.
ALTER TABLE payment.payment ADD COLUMN method_type text CONSTRAINT payment_method_type_length CHECK (length(method_type) BETWEEN 1 AND 40);
ALTER TABLE payment.payment DROP CONSTRAINT payment_kind_check;
ALTER TABLE payment.payment ADD CONSTRAINT payment_kind_check CHECK (kind IN
    ('bank', 'cash', 'card', 'debit', 'bank_redirect', 'transfer', 'wallet', 'pay_later', 'voucher', 'other', 'credit'));

-- What the owner of a bank account has agreed to, as the bank knows it.
ALTER TABLE payment.method ADD COLUMN mandate jsonb CONSTRAINT method_mandate_check CHECK (jsonb_typeof(mandate) = 'object');
GRANT SELECT (mandate) ON payment.method TO billfold_program;
