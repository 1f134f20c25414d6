-- billing.seller_snapshot(entity): the seller as documents show it.
CREATE FUNCTION billing.seller_snapshot(e tenant.entity) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('entity_id', (e).id, 'name', (e).name, 'legal_name', (e).legal_name,
        'address', (e).address, 'email', (e).email, 'phone', (e).phone, 'tax_id', (e).tax_id,
        'registration_number', (e).registration_number, 'bank_accounts', (e).bank_accounts,
        'logo_file_id', (e).logo_file_id, 'invoice_footer', (e).invoice_footer, 'locale', (e).locale,
        'time_zone', (e).time_zone, 'base_currency', (e).base_currency))
$$;

GRANT EXECUTE ON FUNCTION billing.seller_snapshot(tenant.entity) TO billfold_program;
