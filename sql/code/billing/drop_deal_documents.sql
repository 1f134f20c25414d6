-- billing.drop_deal_documents(deal): a win is taken back: its draft and its pending subscription go, no number was
-- used. Once a document is final or a subscription has begun, it raises ZBSTA: the way back is a credit note.
-- requires: job.emit
CREATE FUNCTION billing.drop_deal_documents(p_deal uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal ORDER BY i.id FOR UPDATE;
    IF EXISTS (SELECT FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal
                AND i.number IS NOT NULL AND i.status <> 'void') THEN
        PERFORM base.raise('ZBSTA', 'The deal has a final invoice; it takes a credit note.', '/state', 'wrong_state');
    END IF;
    IF EXISTS (SELECT FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.deal_id = p_deal
                AND s.state NOT IN ('pending', 'cancelled')) THEN
        PERFORM base.raise('ZBSTA', 'The subscription of the deal has begun.', '/state', 'wrong_state');
    END IF;
    PERFORM job.emit('invoice.deleted', 'invoice', i.id, jsonb_build_object('deal_id', p_deal), i.version + 1)
       FROM billing.invoice i
      WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal AND i.number IS NULL;
    DELETE FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.deal_id = p_deal AND i.number IS NULL;
    PERFORM job.emit('subscription.deleted', 'subscription', s.id, jsonb_build_object('deal_id', p_deal), s.version + 1)
       FROM billing.subscription s
      WHERE s.tenant_id = base.tenant_id() AND s.deal_id = p_deal AND s.state = 'pending';
    DELETE FROM billing.subscription s
     WHERE s.tenant_id = base.tenant_id() AND s.deal_id = p_deal AND s.state = 'pending';
END
$$;

GRANT EXECUTE ON FUNCTION billing.drop_deal_documents(uuid) TO billfold_program;
