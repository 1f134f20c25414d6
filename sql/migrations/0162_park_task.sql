-- What is parked for one cause is one task: each subscription names its own.

-- Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.task NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription
    ADD COLUMN park_task_id uuid,
    ADD CONSTRAINT subscription_park_task_id_fkey FOREIGN KEY (tenant_id, park_task_id) REFERENCES crm.task (tenant_id, id)
        ON DELETE SET NULL (park_task_id),
    ADD CONSTRAINT subscription_park_task_check CHECK (park_task_id IS NULL OR parked_at IS NOT NULL);
-- Until now each had one of its own.
ALTER TABLE billing.subscription DISABLE TRIGGER USER;
UPDATE billing.subscription s SET park_task_id = t.id
  FROM crm.task t
 WHERE t.tenant_id = s.tenant_id AND t.dedupe_key = 'subscription_parked:' || s.id AND t.state = 'open' AND s.parked_at IS NOT NULL;
ALTER TABLE billing.subscription ENABLE TRIGGER USER;
ALTER TABLE crm.task FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
CREATE INDEX subscription_park_task_id ON billing.subscription (tenant_id, park_task_id, id) WHERE park_task_id IS NOT NULL;
