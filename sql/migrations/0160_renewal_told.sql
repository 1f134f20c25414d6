-- What a notice of a term's end told: by which version of its plan it renews, and what the term comes to. Who has been told renews so.

-- Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE billing.subscription_notice NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE catalog.plan_version NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_notice
    -- NULL: it has no plan, or was told that it ends.
    ADD COLUMN plan_version_id uuid,
    -- NULL: it came to more than can be reckoned, or was told before this was kept.
    ADD COLUMN term_net bigint,
    ADD COLUMN term_total bigint,
    -- More than once where it was told anew on that day.
    ADD COLUMN times integer NOT NULL DEFAULT 1 CONSTRAINT subscription_notice_times_check CHECK (times > 0),
    ADD CONSTRAINT subscription_notice_plan_version_id_fkey FOREIGN KEY (tenant_id, plan_version_id)
        REFERENCES catalog.plan_version (tenant_id, id);
-- Who has been told of the term that follows was told what the plan was for those who renew by then.
ALTER TABLE billing.subscription_notice DISABLE TRIGGER USER;
UPDATE billing.subscription_notice n
   SET plan_version_id = coalesce((SELECT v.id FROM catalog.plan_version v
         WHERE v.tenant_id = s.tenant_id AND v.plan_id = s.plan_id AND v.valid_from <= n.term_end AND v.applies_to <> 'new'
           AND v.created_at <= n.noticed_at AND (v.archived_at IS NULL OR v.archived_at > n.noticed_at) AND v.version_no > o.version_no
           AND NOT s.keeps_price
         ORDER BY v.valid_from DESC, v.version_no DESC LIMIT 1), s.plan_version_id)
  FROM billing.subscription s
  JOIN catalog.plan_version o ON o.tenant_id = s.tenant_id AND o.id = s.plan_version_id
 WHERE s.tenant_id = n.tenant_id AND s.id = n.subscription_id AND s.term_end = n.term_end AND s.auto_renew AND s.cancelled_at IS NULL;
ALTER TABLE billing.subscription_notice ENABLE TRIGGER USER;
ALTER TABLE catalog.plan_version FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription_notice FORCE ROW LEVEL SECURITY;
CREATE INDEX subscription_notice_plan_version_id ON billing.subscription_notice (tenant_id, plan_version_id) WHERE plan_version_id IS NOT NULL;
GRANT UPDATE ON billing.subscription_notice TO billfold_invoiced;
