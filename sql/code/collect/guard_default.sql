-- collect.guard_default(): whoever writes, at the end of a transaction a tenant that had a default policy has one.
CREATE OR REPLACE FUNCTION collect.guard_default() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM collect.policy p WHERE p.tenant_id = OLD.tenant_id AND p.is_default) THEN
        PERFORM base.raise('ZBSTA', 'There is always a default policy: make another one the default first.', '/is_default',
            'wrong_state');
    END IF;
    RETURN NULL;
END
$$;
