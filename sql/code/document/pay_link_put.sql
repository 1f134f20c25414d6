-- document.pay_link_put(invoice, generation, token_hash): the link whose token the program has derived works from now
-- on; a second call is nothing. Two years: as long as somebody may find the paper.
CREATE FUNCTION document.pay_link_put(p_invoice uuid, p_generation integer, p_token_hash text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO document.pay_link (invoice_id, generation, token_hash, expires_at)
    VALUES (p_invoice, p_generation, p_token_hash, now() + interval '2 years')
    ON CONFLICT (tenant_id, invoice_id, generation) DO NOTHING
$$;

GRANT EXECUTE ON FUNCTION document.pay_link_put(uuid, integer, text) TO billfold_program;
