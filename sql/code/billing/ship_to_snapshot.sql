-- billing.ship_to_snapshot(location): where it is supplied to.
CREATE FUNCTION billing.ship_to_snapshot(l crm.location) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', (l).id, 'name', (l).name, 'address', (l).address)
$$;

GRANT EXECUTE ON FUNCTION billing.ship_to_snapshot(crm.location) TO billfold_program;
