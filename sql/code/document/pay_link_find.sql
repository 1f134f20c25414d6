-- document.pay_link_find(token_hash): the invoice that a pay link leads to; NULL: no such link, or it is revoked or too old.
CREATE FUNCTION document.pay_link_find(p_token_hash text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT l.invoice_id FROM document.pay_link l
     WHERE l.tenant_id = base.tenant_id() AND l.token_hash = p_token_hash AND l.revoked_at IS NULL
       AND l.expires_at > now()
$$;

GRANT EXECUTE ON FUNCTION document.pay_link_find(text) TO billfold_program;
