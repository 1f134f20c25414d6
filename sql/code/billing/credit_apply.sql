-- billing.credit_apply(credit, original, amount, due, credited, payments, amounts, day, left): a credit note is about to be final: its
-- amount settles the original as far as that is due (due and credited: as read; ZB409 where that has changed); what more it gives back
-- had been paid, by these payments, which have it unapplied again. Status, deal, task and dunning case of the original follow.
-- The caller holds payer and original.
-- requires: payment.release, billing.settlement, billing.deal_follow, collect.resolve, job.emit
CREATE FUNCTION billing.credit_apply(p_credit uuid, p_original uuid, p_amount bigint, p_due bigint, p_credited bigint,
    p_payments uuid[], p_amounts bigint[], p_day date, p_left bigint[] DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    o billing.invoice;
    v_released bigint := (SELECT coalesce(sum(a), 0)::bigint FROM unnest(p_amounts) AS a);
BEGIN
    SELECT * INTO o FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = p_original FOR UPDATE;
    IF o.number IS NULL OR o.status NOT IN ('open', 'partially_paid', 'paid') THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s is not credited.', o.status), '/original_invoice_id', 'wrong_state');
    ELSIF o.amount_due <> p_due OR o.credited <> p_credited THEN
        PERFORM base.raise('ZB409', 'The invoice has changed meanwhile.');
    END IF;
    PERFORM payment.release(p_payments, p_original, p_amounts, p_day, p_credit, p_left);
    UPDATE billing.invoice i
       SET credited = i.credited + p_amount, paid = i.paid - v_released,
           status = CASE WHEN i.payable - i.credited - p_amount - i.paid + v_released - i.written_off = 0 THEN 'paid'
               WHEN i.paid - v_released > 0 THEN 'partially_paid' ELSE 'open' END
     WHERE i.tenant_id = o.tenant_id AND i.id = o.id
    RETURNING * INTO o;
    PERFORM job.emit('invoice.credited', 'invoice', o.id, billing.settlement(o, 0) - 'amount'
        || jsonb_build_object('credit_id', p_credit, 'amount', p_amount, 'credited', o.credited), o.version);
    IF o.deal_id IS NOT NULL THEN
        PERFORM billing.deal_follow(ARRAY[o.deal_id]);
    END IF;
    PERFORM collect.resolve(ARRAY[o.id]);
END
$$;

GRANT EXECUTE ON FUNCTION billing.credit_apply(uuid, uuid, bigint, bigint, bigint, uuid[], bigint[], date, bigint[])
    TO billfold_api, billfold_invoiced;
