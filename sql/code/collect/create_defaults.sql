-- collect.create_defaults(): the policy that holds until a tenant makes its own, so that none is without.
CREATE OR REPLACE FUNCTION collect.create_defaults() RETURNS void
LANGUAGE sql AS $$
    INSERT INTO collect.policy (id, name, is_default) VALUES (base.new_id(), 'Standard', true)
$$;

GRANT EXECUTE ON FUNCTION collect.create_defaults() TO billfold_admin;
