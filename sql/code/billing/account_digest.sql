-- billing.account_digest(account): what of an account decides on its documents' figures and dates, in short. Of one expression,
-- so that it becomes part of the statement that asks.
CREATE FUNCTION billing.account_digest(a crm.account) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT md5(ROW((a).tax_category, (a).exemption_valid_to, (a).invoice_address, (a).currency, (a).entity_id,
        (a).payment_terms, (a).po_required, (a).po_number, (a).time_zone, (a).state, (a).archived_at, (a).bill_to,
        (a).parent_id)::text)
$$;

GRANT EXECUTE ON FUNCTION billing.account_digest(crm.account) TO billfold_program;
