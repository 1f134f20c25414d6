-- Coupons: how often one account may take one; a taking that came to nothing is given back; each document that a discount has lowered is kept, so that the
-- deletion of its draft gives back what it used.

ALTER TABLE catalog.coupon
    ADD COLUMN redemptions_max_per_account integer
        CONSTRAINT coupon_redemptions_max_per_account_check CHECK (redemptions_max_per_account > 0);
ALTER TABLE billing.subscription_discount
    -- It has lowered nothing and can lower nothing any more: the coupon can be taken once more.
    ADD COLUMN returned_at timestamptz;

-- Policies bind the owner too: what there is is filled in past them.
ALTER TABLE billing.discount_use NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_discount NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.discount_use DISABLE TRIGGER USER;
-- The bill date that was lowered.
ALTER TABLE billing.discount_use ADD COLUMN lowered_on date;
UPDATE billing.discount_use u SET lowered_on = coalesce(i.period_start, d.lowered_on, i.created_at::date)
  FROM billing.invoice i, billing.subscription_discount d
 WHERE i.tenant_id = u.tenant_id AND i.id = u.invoice_id AND d.tenant_id = u.tenant_id AND d.subscription_id = u.subscription_id AND d.id = u.discount_id;
-- Those that are good for all were not kept until now: each bill date since they were taken.
INSERT INTO billing.discount_use (tenant_id, invoice_id, subscription_id, discount_id, lowered_on)
SELECT d.tenant_id, i.id, d.subscription_id, d.id, i.period_start
  FROM billing.subscription_discount d
  JOIN billing.invoice i ON i.tenant_id = d.tenant_id AND i.subscription_id = d.subscription_id AND i.period_start <= d.lowered_on
   AND i.period_start >= coalesce(d.valid_from, i.period_start)
 WHERE d.periods_left IS NULL
ON CONFLICT DO NOTHING;
ALTER TABLE billing.discount_use ALTER COLUMN lowered_on SET NOT NULL;
ALTER TABLE billing.discount_use ENABLE TRIGGER USER;
ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_discount FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.discount_use FORCE ROW LEVEL SECURITY;
