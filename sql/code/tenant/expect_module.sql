-- tenant.expect_module(name): raises ZBMOD where the tenant has switched this part of the product off.
-- requires: tenant.module_on
CREATE OR REPLACE FUNCTION tenant.expect_module(p_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT tenant.module_on(p_name) THEN
        PERFORM base.raise('ZBMOD', format('The module %s is switched off.', p_name));
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION tenant.expect_module(text) TO billfold_program;
