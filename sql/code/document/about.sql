-- document.about(object, document): whose a mail's document is: its account, deal and owner, who pays, what people call it, and `ref`, the member by
-- which events name it. No row: there is none.
-- requires: crm.payer
CREATE FUNCTION document.about(p_object text, p_document uuid)
RETURNS TABLE (account_id uuid, deal_id uuid, owner_id uuid, payer_id uuid, name text, ref jsonb)
LANGUAGE sql STABLE AS $$
    SELECT i.account_id, i.deal_id, i.owner_id, i.account_id, i.number, jsonb_build_object('invoice_id', i.id)
      FROM billing.invoice i
     WHERE p_object = 'invoice' AND i.tenant_id = base.tenant_id() AND i.id = p_document
     UNION ALL
    SELECT s.account_id, s.deal_id, a.owner_id, crm.payer(s.account_id), coalesce(s.name, a.account_name),
           jsonb_build_object('subscription_id', s.id)
      FROM billing.subscription s
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
     WHERE p_object = 'subscription' AND s.tenant_id = base.tenant_id() AND s.id = p_document
$$;

GRANT EXECUTE ON FUNCTION document.about(text, uuid) TO billfold_program;
