-- billing.recipient(account, contact): whom documents of an account go to: this contact while it is the account's, else
-- the account's first one with the role billing, of those that mail reaches before the others. No row: nobody. A function
-- in FROM, so that it is planned with the statement that calls it.
CREATE FUNCTION billing.recipient(p_account uuid, p_contact uuid) RETURNS SETOF crm.contact
LANGUAGE sql STABLE AS $$
    SELECT k.* FROM crm.contact k
     WHERE k.tenant_id = base.tenant_id() AND k.account_id = p_account AND k.archived_at IS NULL
       AND (k.id = p_contact OR 'billing' = ANY (k.roles))
     ORDER BY k.id IS DISTINCT FROM p_contact, k.email_norm IS NULL, k.id LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION billing.recipient(uuid, uuid) TO billfold_program;
