-- What a processor keeps in a currency of its own is worth something in the seller's; and it keeps some of a debit that came to nothing:
-- such a fee is an attempt's, which has brought no payment.
ALTER TABLE payment.fee ADD COLUMN base_amount bigint;
ALTER TABLE payment.fee ADD COLUMN attempt_id uuid;
ALTER TABLE payment.fee ALTER COLUMN payment_id DROP NOT NULL;
ALTER TABLE payment.fee DROP CONSTRAINT fee_kind_check;

ALTER TABLE payment.fee NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payment.payment NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payment.attempt NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenant.entity NO FORCE ROW LEVEL SECURITY;
ALTER TABLE payment.fee DISABLE TRIGGER USER;
UPDATE payment.fee f SET base_amount = f.amount
  FROM payment.payment p
  JOIN tenant.entity e ON e.tenant_id = p.tenant_id AND e.id = p.entity_id
 WHERE p.tenant_id = f.tenant_id AND p.id = f.payment_id AND e.base_currency = f.currency;
ALTER TABLE payment.fee ENABLE TRIGGER USER;
ALTER TABLE payment.fee ADD CONSTRAINT fee_kind_check CHECK (kind IN ('charge', 'refund', 'dispute', 'failure'));
ALTER TABLE payment.fee ADD CONSTRAINT fee_attempt_id_fkey FOREIGN KEY (tenant_id, attempt_id) REFERENCES payment.attempt (tenant_id, id);
ALTER TABLE payment.fee ADD CONSTRAINT fee_attempt_id_key UNIQUE (tenant_id, attempt_id, ref);
ALTER TABLE payment.fee ADD CONSTRAINT fee_payment_id_check CHECK (num_nonnulls(payment_id, attempt_id) = 1);
ALTER TABLE payment.fee FORCE ROW LEVEL SECURITY;
ALTER TABLE payment.payment FORCE ROW LEVEL SECURITY;
ALTER TABLE payment.attempt FORCE ROW LEVEL SECURITY;
ALTER TABLE tenant.entity FORCE ROW LEVEL SECURITY;

CREATE TRIGGER touch_attempt_insert AFTER INSERT ON payment.fee REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION base.touch_parent('payment.attempt', 'attempt_id');
