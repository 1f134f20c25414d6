-- billing.rederive(drafts, totals): an account's terms or tax profile changed, and so do its drafts, as computed
-- from what was read at these versions. A draft that somebody changed or finalized in between raises
-- ZB409, and the change of the account with it: it is tried again.
-- requires: job.emit
CREATE FUNCTION billing.rederive(p_id uuid[], p_version bigint[], p_subtotal bigint[], p_discount bigint[],
    p_net bigint[], p_tax bigint[], p_total bigint[], p_rounding bigint[], p_payable bigint[])
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_n bigint;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id)
      ORDER BY i.id FOR UPDATE;
    UPDATE billing.invoice i
       SET subtotal = w.subtotal, discount_total = w.discount, net_total = w.net, tax_total = w.tax, total = w.total,
           rounding = w.rounding, payable = w.payable, rederived_at = clock_timestamp()
      FROM unnest(p_id, p_version, p_subtotal, p_discount, p_net, p_tax, p_total, p_rounding, p_payable)
           AS w (id, version, subtotal, discount, net, tax, total, rounding, payable)
     WHERE i.tenant_id = base.tenant_id() AND i.id = w.id AND i.version = w.version;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n <> cardinality(p_id) THEN
        PERFORM base.raise('ZB409', 'A draft of the account has changed meanwhile; try again.');
    END IF;
    PERFORM job.emit('invoice.rederived', 'invoice', w.id, jsonb_build_object('total', w.total), w.version + 1)
       FROM unnest(p_id, p_version, p_total) AS w (id, version, total);
END
$$;

GRANT EXECUTE ON FUNCTION billing.rederive(uuid[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
    bigint[], bigint[]) TO billfold_api, billfold_invoiced;
