-- billing.contact_snapshot(contact): whom a document goes to.
CREATE FUNCTION billing.contact_snapshot(c crm.contact) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('id', (c).id, 'name', (c).name, 'email', (c).email)
$$;

GRANT EXECUTE ON FUNCTION billing.contact_snapshot(crm.contact) TO billfold_program;
