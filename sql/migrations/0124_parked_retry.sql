-- parked subscriptions that are tried again by themselves: when, by business time, and how often it was in vain. Beside the subscription, which does
-- not change while nothing else is said of it. No row: whoever has mended it says so (release).
CREATE TABLE billing.subscription_retry (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    retry_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0 CONSTRAINT subscription_retry_tries_check CHECK (tries >= 0),
    PRIMARY KEY (tenant_id, subscription_id),
    CONSTRAINT subscription_retry_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX subscription_retry_retry_at ON billing.subscription_retry (tenant_id, retry_at, subscription_id);
CALL base.secure_table('billing.subscription_retry', audit => false, stamp => false);
GRANT SELECT ON billing.subscription_retry TO billfold_program, billfold_search;
GRANT INSERT, UPDATE, DELETE ON billing.subscription_retry TO billfold_api, billfold_invoiced;
GRANT SELECT (tenant_id, retry_at) ON billing.subscription_retry TO billfold_door;
