-- Pauses that give back what was paid for, and what is left to bill when one ends.

ALTER TABLE billing.subscription
    -- Whether the pause that is planned or runs gives back what had been paid for its days.
    ADD COLUMN pause_credit boolean NOT NULL DEFAULT false,
    -- Whether its periods begin anew on the day on which it goes on; else the calendar stays.
    ADD COLUMN resume_anew boolean NOT NULL DEFAULT false,
    -- The first bill date that has not been billed, kept where none is to come for now (billing.stamp_bill_date).
    ADD COLUMN unbilled_on date;

-- Days on which a subscription stood still, or does: [starts_on, ends_on); NULL: to nobody knows when.
CREATE TABLE billing.subscription_pause (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    -- What is billed before this day stays charged; NULL: what had been paid for was given back.
    keeps_until date,
    PRIMARY KEY (tenant_id, subscription_id, starts_on),
    CONSTRAINT subscription_pause_ends_on_check CHECK (ends_on > starts_on),
    CONSTRAINT subscription_pause_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE
);
-- Who stands still already keeps what was paid for.
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice NO FORCE ROW LEVEL SECURITY;
INSERT INTO billing.subscription_pause (tenant_id, subscription_id, starts_on, ends_on, keeps_until)
SELECT s.tenant_id, s.id, s.paused_on, s.resume_on, coalesce((SELECT max(i.period_start) + 1 FROM billing.invoice i
           WHERE i.tenant_id = s.tenant_id AND i.subscription_id = s.id AND i.status <> 'void'), s.paused_on)
  FROM billing.subscription s WHERE s.state = 'paused';
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;

CALL base.secure_table('billing.subscription_pause', audit => false, stamp => false, parent => 'billing.subscription(subscription_id)');
GRANT SELECT ON billing.subscription_pause TO billfold_program, billfold_search;
GRANT INSERT, UPDATE, DELETE ON billing.subscription_pause TO billfold_api, billfold_invoiced;
