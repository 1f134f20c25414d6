-- collect.recipients(invoice): whom mails about what is due go to: the contact that the document names for itself, else the
-- account's billing contacts of today, else the contact of its snapshot.
CREATE OR REPLACE FUNCTION collect.recipients(p_invoice uuid) RETURNS TABLE (email text, name text)
LANGUAGE sql STABLE AS $$
    WITH doc AS (
        SELECT i.account_id, i.contact_id, i.contact FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice),
    today AS (
        SELECT min(c.email) AS email, min(c.name) AS name
          FROM doc d JOIN crm.contact c ON c.tenant_id = base.tenant_id() AND c.account_id = d.account_id
         WHERE d.contact_id IS NULL AND c.archived_at IS NULL AND 'billing' = ANY (c.roles) AND c.email IS NOT NULL
         GROUP BY c.email_norm)
    SELECT t.email, t.name FROM today t
     UNION ALL
    SELECT d.contact ->> 'email', d.contact ->> 'name' FROM doc d
     WHERE NOT EXISTS (SELECT FROM today) AND d.contact ->> 'email' IS NOT NULL
     ORDER BY 1
$$;

GRANT EXECUTE ON FUNCTION collect.recipients(uuid) TO billfold_program;
