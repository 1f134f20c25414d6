-- billing.tax_profile(account): what the payer's tax is decided on, as documents show it.
CREATE FUNCTION billing.tax_profile(a crm.account) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('tax_id', (a).tax_id, 'category', (a).tax_category,
        'exemption_reason', (a).exemption_reason, 'exemption_certificate', (a).exemption_certificate,
        'exemption_valid_to', (a).exemption_valid_to)
$$;

GRANT EXECUTE ON FUNCTION billing.tax_profile(crm.account) TO billfold_program;
