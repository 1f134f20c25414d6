-- billing.party_digest(account, location): what of a payer, and of the location that is supplied to (NULL: none), decides on
-- documents' figures and dates, in short. Of one expression, so that it becomes part of the statement that asks.
CREATE FUNCTION billing.party_digest(a crm.account, l crm.location) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT md5(ROW((a).tax_category, (a).exemption_valid_to, (a).invoice_address, (a).currency, (a).entity_id,
        (a).payment_terms, (a).po_required, (a).po_number, (a).time_zone, (a).state, (a).archived_at, (a).bill_to,
        (a).parent_id, (l).address, (l).po_number)::text)
$$;

GRANT EXECUTE ON FUNCTION billing.party_digest(crm.account, crm.location) TO billfold_program;
