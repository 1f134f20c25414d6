-- collect.make_default(policy): before this policy becomes the default, the one that is ceases to be.
-- requires: job.emit
CREATE OR REPLACE FUNCTION collect.make_default(p_policy uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v collect.policy;
BEGIN
    UPDATE collect.policy p SET is_default = false
     WHERE p.tenant_id = base.tenant_id() AND p.is_default AND p.id <> p_policy
    RETURNING p.* INTO v;
    IF FOUND THEN
        PERFORM job.emit('dunning_policy.updated', 'dunning_policy', v.id, NULL, v.version);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION collect.make_default(uuid) TO billfold_api;
