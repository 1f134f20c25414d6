-- bill dates whose drafts somebody deleted: not billed, by a decision, until they are billed again; and which discounts have one document less
-- to lower because of which document, so that they have it again when that goes.
CREATE TABLE billing.subscription_skip (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    -- As the draft had them: half open.
    period_start date NOT NULL,
    period_end date NOT NULL,
    -- The draft that was deleted.
    invoice_id uuid NOT NULL,
    skipped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, subscription_id, period_start),
    CONSTRAINT subscription_skip_period_check CHECK (period_end > period_start),
    CONSTRAINT subscription_skip_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE billing.discount_use (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    invoice_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    discount_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, discount_id),
    CONSTRAINT discount_use_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT discount_use_discount_id_fkey FOREIGN KEY (tenant_id, subscription_id, discount_id)
        REFERENCES billing.subscription_discount (tenant_id, subscription_id, id) ON DELETE CASCADE
);
CREATE INDEX discount_use_discount_id ON billing.discount_use (tenant_id, subscription_id, discount_id);
CALL base.secure_table('billing.subscription_skip', audit => false, stamp => false, parent => 'billing.subscription(subscription_id)');
CALL base.secure_table('billing.discount_use', audit => false, stamp => false);
GRANT SELECT ON billing.subscription_skip, billing.discount_use TO billfold_program, billfold_search;
GRANT INSERT, DELETE ON billing.subscription_skip TO billfold_api, billfold_invoiced;
GRANT INSERT ON billing.discount_use TO billfold_api, billfold_invoiced;
