-- billing.park_cause(subscription, account, owner, code, reason): by what key the task of a subscription that cannot be billed is known: one a cause and owner.
-- What is mended at the customer's is a cause of that account; what ended whoever was at work on it is looked at by itself.
CREATE FUNCTION billing.park_cause(p_id uuid, p_account uuid, p_owner uuid, p_code text, p_reason text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'subscription_parked:' || CASE
        WHEN p_code = 'given_up' THEN p_id::text
        WHEN p_code IN ('account_closed', 'billing_contact_missing', 'po_number_required') THEN p_account || ':' || p_code
        ELSE coalesce(p_owner::text, 'nobody') || ':' || md5(p_code || E'\n' || p_reason) END
$$;

GRANT EXECUTE ON FUNCTION billing.park_cause(uuid, uuid, uuid, text, text) TO billfold_program;
