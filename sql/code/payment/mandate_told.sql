-- payment.mandate_told(event, processor, reference, status, reason): how the mandate of this reference at an account of a processor stands: active, pending (not yet),
-- or inactive: its owner or their bank has taken it back, and that is for good. A method is of no further use then. Told again, or by
-- an answer that is older, nothing changes. The event that told of it is over; where no method of ours is charged by it, parked, with the reason.
-- requires: payment.hold, job.emit, connect.inbound_end
CREATE FUNCTION payment.mandate_told(p_event uuid, p_processor uuid, p_reference text, p_status text, p_reason text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v payment.method;
    v_ours boolean := false;
    v_ends boolean;
BEGIN
    PERFORM payment.hold(ARRAY(SELECT m.account_id FROM payment.method m
        WHERE m.tenant_id = base.tenant_id() AND m.processor_id = p_processor AND m.mandate_reference = p_reference));
    FOR v IN SELECT m.* FROM payment.method m
              WHERE m.tenant_id = base.tenant_id() AND m.processor_id = p_processor AND m.mandate_reference = p_reference
              ORDER BY m.id FOR UPDATE LOOP
        v_ours := true;
        CONTINUE WHEN p_status IS NULL OR v.mandate ->> 'status' IS NOT DISTINCT FROM p_status
            OR coalesce(v.mandate ->> 'status', '') = 'inactive';
        v_ends := p_status = 'inactive' AND v.state = 'active';
        UPDATE payment.method m
           SET mandate = m.mandate || jsonb_build_object('status', p_status),
               state = CASE WHEN v_ends THEN 'declined' ELSE m.state END, is_default = m.is_default AND NOT v_ends
         WHERE m.tenant_id = v.tenant_id AND m.id = v.id
        RETURNING m.* INTO v;
        PERFORM job.emit('payment_method.' || CASE WHEN v_ends THEN 'declined' ELSE 'updated' END, 'payment_method', v.id,
            jsonb_strip_nulls(jsonb_build_object('account_id', v.account_id, 'state', v.state, 'mandate_reference', p_reference,
                'mandate_status', p_status, 'decline_code', CASE WHEN v_ends THEN 'mandate_inactive' END)), v.version);
    END LOOP;
    PERFORM connect.inbound_end(p_event, CASE WHEN v_ours THEN 'applied' ELSE 'parked' END, CASE WHEN NOT v_ours THEN p_reason END);
END
$$;

GRANT EXECUTE ON FUNCTION payment.mandate_told(uuid, uuid, text, text, text) TO billfold_paymentd;
