-- crm.deal_settle(deal, amount_given): a deal with lines has a currency, and is worth what its lines come
-- to, each line rounded to the currency first; an amount is set by hand only while there are none.
-- requires: base.currency_exponent
CREATE OR REPLACE FUNCTION crm.deal_settle(p_deal uuid, p_amount_given boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_currency text;
    v_exponent integer;
    v_sum numeric;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM crm.deal_line l WHERE l.tenant_id = base.tenant_id() AND l.deal_id = p_deal) THEN
        RETURN;
    END IF;
    IF p_amount_given THEN
        PERFORM base.raise('ZB422', 'The amount of a deal with lines is the sum of its lines.', '/amount', 'read_only');
    END IF;
    SELECT coalesce(d.currency, a.currency, e.base_currency) INTO v_currency
      FROM crm.deal d
      LEFT JOIN crm.account a ON a.tenant_id = d.tenant_id AND a.id = d.account_id
      LEFT JOIN tenant.tenant t ON t.id = d.tenant_id
      LEFT JOIN tenant.entity e ON e.tenant_id = d.tenant_id AND e.id = coalesce(a.entity_id, t.default_entity_id)
     WHERE d.tenant_id = base.tenant_id() AND d.id = p_deal;
    v_exponent := base.currency_exponent(v_currency);
    SELECT sum(round(round(l.quantity * l.unit_price / l.base_quantity, v_exponent)
                     * (1 - coalesce(l.discount_percent, 0) / 100), v_exponent)) * 10::numeric ^ v_exponent
      INTO v_sum
      FROM crm.deal_line l WHERE l.tenant_id = base.tenant_id() AND l.deal_id = p_deal;
    IF v_sum > 9007199254740991 THEN
        PERFORM base.raise('ZBRNG', 'The lines come to more than can be billed.', '/lines', 'out_of_range');
    END IF;
    UPDATE crm.deal d SET amount = v_sum::bigint, currency = v_currency
     WHERE d.tenant_id = base.tenant_id() AND d.id = p_deal
       AND (d.amount IS DISTINCT FROM v_sum::bigint OR d.currency IS DISTINCT FROM v_currency);
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_settle(uuid, boolean) TO billfold_program;
