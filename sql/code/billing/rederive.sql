-- billing.rederive(account, locations, drafts, totals): an account's terms or tax profile changed, or the places that
-- drafts are supplied to, and so do those drafts, as computed from what was read at these versions. Where a draft was
-- changed, finalized, made or dropped in between it raises ZB409, and the change goes with it: it is tried
-- again. The account is locked by its own change; whoever makes a draft of it holds it too (billing.account_hold).
-- requires: billing.drafts_of, job.emit
CREATE FUNCTION billing.rederive(p_account uuid, p_locations uuid[], p_id uuid[], p_version bigint[], p_subtotal bigint[],
    p_discount bigint[], p_net bigint[], p_tax bigint[], p_total bigint[], p_rounding bigint[], p_payable bigint[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_n bigint := 0;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id)
      ORDER BY i.id FOR UPDATE;
    FOR v IN
        UPDATE billing.invoice i
           SET subtotal = w.subtotal, discount_total = w.discount, net_total = w.net, tax_total = w.tax, total = w.total,
               rounding = w.rounding, payable = w.payable, rederived_at = clock_timestamp()
          FROM unnest(p_id, p_version, p_subtotal, p_discount, p_net, p_tax, p_total, p_rounding, p_payable)
               AS w (id, version, subtotal, discount, net, tax, total, rounding, payable)
         WHERE i.tenant_id = base.tenant_id() AND i.id = w.id AND i.version = w.version
           AND i.status IN ('draft', 'pending_approval')
        RETURNING i.id, i.version, i.total, i.account_id
    LOOP
        v_n := v_n + 1;
        PERFORM job.emit('invoice.rederived', 'invoice', v.id, jsonb_build_object('total', v.total,
            'account_id', v.account_id), v.version);
    END LOOP;
    IF v_n <> cardinality(p_id) OR v_n <> cardinality(billing.drafts_of(p_account, p_locations)) THEN
        PERFORM base.raise('ZB409', 'A draft of the account has changed meanwhile; try again.');
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.rederive(uuid, uuid[], uuid[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
    bigint[], bigint[]) TO billfold_api, billfold_invoiced;
