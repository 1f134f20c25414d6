-- payment.link(token_hash, url): a pay link as the API shows it. Keeps its plan: in SQL it was planned at each call.
-- requires: base.instant
CREATE OR REPLACE FUNCTION payment.link(p_token_hash text, p_url text) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_build_object('invoice_id', l.invoice_id, 'url', p_url, 'expires_at', base.instant(l.expires_at))
          FROM document.pay_link l WHERE l.tenant_id = base.tenant_id() AND l.token_hash = p_token_hash);
END
$$;

GRANT EXECUTE ON FUNCTION payment.link(text, text) TO billfold_api;
