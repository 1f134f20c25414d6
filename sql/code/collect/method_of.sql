-- collect.method_of(account, stopped, but): the method that may be charged without its owner: the account's default one, kept
-- with consent, while its processor takes new attempts. After a hard decline (stopped) another must have become the default than the
-- one that was it then.
CREATE OR REPLACE FUNCTION collect.method_of(p_account uuid, p_stopped boolean, p_but uuid) RETURNS uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT m.id FROM payment.method m
         WHERE m.tenant_id = base.tenant_id() AND m.account_id = p_account AND m.is_default AND m.state = 'active'
           AND m.off_session AND NOT (p_stopped AND m.id IS NOT DISTINCT FROM p_but)
           AND NOT EXISTS (SELECT FROM connect.processor p WHERE p.tenant_id = m.tenant_id AND p.id = m.processor_id
                              AND (p.state <> 'active' OR p.archived_at IS NOT NULL)));
END
$$;

GRANT EXECUTE ON FUNCTION collect.method_of(uuid, boolean, uuid) TO billfold_program;
