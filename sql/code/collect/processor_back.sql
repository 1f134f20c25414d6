-- collect.processor_back(processor): an account at a processor takes attempts again, or may: cases that waited for it go on.
-- requires: collect.method_changed
CREATE OR REPLACE FUNCTION collect.processor_back(p_processor uuid) RETURNS void
LANGUAGE sql AS $$
    SELECT collect.method_changed(a.account_id)
      FROM (SELECT DISTINCT d.account_id FROM collect.dunning d
              JOIN payment.method m ON m.tenant_id = d.tenant_id AND m.account_id = d.account_id AND m.is_default AND m.state = 'active'
             WHERE d.tenant_id = base.tenant_id() AND d.state = 'active' AND d.paused_on IS NOT NULL
               AND m.processor_id = p_processor) a
$$;

GRANT EXECUTE ON FUNCTION collect.processor_back(uuid) TO billfold_program;
