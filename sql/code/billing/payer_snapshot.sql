-- billing.payer_snapshot(account, address): the payer as documents show it; address: the document's own, where it has one.
-- requires: billing.tax_profile
CREATE FUNCTION billing.payer_snapshot(a crm.account, p_address jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object('account_id', (a).id, 'account_name', (a).account_name,
        'legal_name', (a).legal_name, 'email', (a).email,
        'invoice_address', coalesce(p_address, (a).invoice_address),
        'tax_id', (a).tax_id, 'locale', (a).locale, 'time_zone', (a).time_zone))
        || jsonb_build_object('tax_settings', billing.tax_profile(a))
$$;

GRANT EXECUTE ON FUNCTION billing.payer_snapshot(crm.account, jsonb) TO billfold_program;
