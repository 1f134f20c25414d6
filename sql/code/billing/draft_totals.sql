-- billing.draft_totals(drafts, totals, rederived): the totals of drafts as computed from what was read at
-- these versions: another version raises ZB412, a final document ZBFIN. rederived: because the account changed.
-- requires: job.emit
CREATE FUNCTION billing.draft_totals(p_id uuid[], p_version bigint[], p_subtotal bigint[], p_discount bigint[],
    p_net bigint[], p_tax bigint[], p_total bigint[], p_rounding bigint[], p_payable bigint[], p_rederived boolean)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_n bigint;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = base.tenant_id() AND i.id = ANY (p_id)
      ORDER BY i.id FOR UPDATE;
    UPDATE billing.invoice i
       SET subtotal = w.subtotal, discount_total = w.discount, net_total = w.net, tax_total = w.tax, total = w.total,
           rounding = w.rounding, payable = w.payable,
           rederived_at = CASE WHEN p_rederived THEN clock_timestamp() ELSE i.rederived_at END
      FROM unnest(p_id, p_version, p_subtotal, p_discount, p_net, p_tax, p_total, p_rounding, p_payable)
           AS w (id, version, subtotal, discount, net, tax, total, rounding, payable)
     WHERE i.tenant_id = base.tenant_id() AND i.id = w.id AND i.version = w.version;
    GET DIAGNOSTICS v_n = ROW_COUNT;
    IF v_n <> cardinality(p_id) THEN
        PERFORM base.raise('ZB412', 'A draft has changed since it was read.');
    END IF;
    IF p_rederived THEN
        PERFORM job.emit('invoice.rederived', 'invoice', w.id, NULL, w.version + 1)
           FROM unnest(p_id, p_version) AS w (id, version);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.draft_totals(uuid[], bigint[], bigint[], bigint[], bigint[], bigint[], bigint[],
    bigint[], bigint[], boolean) TO billfold_api, billfold_invoiced;
