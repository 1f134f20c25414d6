-- what has ended is told of, and leaves the lists when two people say so; whom a plan's new version reaches.

ALTER TABLE billing.subscription
    -- Its prices stay, whatever versions its plan has.
    ADD COLUMN keeps_price boolean NOT NULL DEFAULT false,
    -- That it has ended a while ago was told.
    ADD COLUMN expired_noticed_at timestamptz,
    -- Somebody wants it archived; another one says whether.
    ADD COLUMN purge_asked_at timestamptz,
    ADD COLUMN purge_asked_by text CONSTRAINT subscription_purge_asked_by_length CHECK (length(purge_asked_by) BETWEEN 1 AND 200),
    ADD COLUMN purge_reason text CONSTRAINT subscription_purge_reason_length CHECK (length(purge_reason) BETWEEN 1 AND 1000),
    ADD CONSTRAINT subscription_purge_check CHECK ((purge_asked_at IS NULL) = (purge_asked_by IS NULL)),
    ADD CONSTRAINT subscription_archived_check CHECK (archived_at IS NULL OR state IN ('ended', 'cancelled'));
CREATE INDEX subscription_end_date ON billing.subscription (tenant_id, end_date, id) WHERE end_date IS NOT NULL;
CREATE INDEX subscription_purge_asked_at ON billing.subscription (tenant_id, purge_asked_at, id) WHERE purge_asked_at IS NOT NULL;

-- NULL only until catalog.number_version has said what the tenant wants where nobody says.
ALTER TABLE catalog.plan_version
    DROP CONSTRAINT plan_version_applies_to_check,
    ADD CONSTRAINT plan_version_applies_to_check CHECK (applies_to IN ('new', 'renewing', 'running')),
    ALTER COLUMN applies_to DROP DEFAULT;
