-- What a subscription charges from days to come on: items of their own periods and of their own plan.

-- Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE billing.subscription_item NO FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.plan_version NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_item
    -- From which its periods are counted, where another interval began with it; NULL: the subscription's.
    ADD COLUMN anchor date,
    -- The version of the plan that it is from.
    ADD COLUMN plan_version_id uuid,
    ADD CONSTRAINT subscription_item_anchor_check CHECK (anchor IS NULL OR anchor <= valid_from),
    ADD CONSTRAINT subscription_item_plan_version_id_fkey FOREIGN KEY (tenant_id, plan_version_id)
        REFERENCES catalog.plan_version (tenant_id, id);
-- What there is, is of the plan that its subscription names.
ALTER TABLE billing.subscription_item DISABLE TRIGGER USER;
UPDATE billing.subscription_item i SET plan_version_id = s.plan_version_id
  FROM billing.subscription s
 WHERE s.tenant_id = i.tenant_id AND s.id = i.subscription_id AND i.plan_charge IS NOT NULL;
ALTER TABLE billing.subscription_item ENABLE TRIGGER USER;
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.plan_version FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_item FORCE ROW LEVEL SECURITY;
CREATE INDEX subscription_item_plan_version_id ON billing.subscription_item (tenant_id, plan_version_id) WHERE plan_version_id IS NOT NULL;
