-- crm.deal_settle(deal, amount_given): a deal with lines is worth what its lines come to, each line rounded to the
-- currency first; an amount is set by hand only on a deal without lines.
-- requires: base.currency_exponent
CREATE FUNCTION crm.deal_settle(p_deal uuid, p_amount_given boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_sum numeric;
    v_n bigint;
BEGIN
    SELECT count(*),
           sum(round(round(l.quantity * l.unit_price / l.base_quantity, x.e)
                     * (1 - coalesce(l.discount_percent, 0) / 100), x.e) * 10::numeric ^ x.e)
      INTO v_n, v_sum
      FROM crm.deal d
      CROSS JOIN LATERAL (SELECT base.currency_exponent(coalesce(d.currency, tenant.default_currency())) AS e) x
      JOIN crm.deal_line l ON l.tenant_id = d.tenant_id AND l.deal_id = d.id
     WHERE d.tenant_id = base.tenant_id() AND d.id = p_deal;
    IF v_n = 0 THEN
        RETURN;
    END IF;
    IF p_amount_given THEN
        PERFORM base.raise('ZB422', 'The amount of a deal with lines is the sum of its lines.', '/amount', 'read_only');
    END IF;
    IF v_sum > 9007199254740991 THEN
        PERFORM base.raise('ZBRNG', 'The lines come to more than can be billed.', '/lines', 'out_of_range');
    END IF;
    UPDATE crm.deal SET amount = v_sum::bigint
     WHERE tenant_id = base.tenant_id() AND id = p_deal AND amount IS DISTINCT FROM v_sum::bigint;
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_settle(uuid, boolean) TO billfold_program;
