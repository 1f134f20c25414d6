-- crm.deal_settle(deals, amounts_given): a deal with lines has a currency, and is worth what its lines come
-- to, each line rounded to the currency first; an amount is set by hand only while there are none.
-- Each deal is looked up by its key, whatever the planner believes of tables that have just been filled.
CREATE OR REPLACE FUNCTION crm.deal_settle(p_deal uuid[], p_amount_given boolean[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_worth numeric[];
    v_deal uuid[];
    v_currency text[];
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(p_deal, p_amount_given) w (id, given)
                WHERE w.given AND EXISTS (SELECT 1 FROM crm.deal_line l
                      WHERE l.tenant_id = base.tenant_id() AND l.deal_id = w.id)) THEN
        PERFORM base.raise('ZB422', 'The amount of a deal with lines is the sum of its lines.', '/amount', 'read_only');
    END IF;
    SELECT array_agg(s.id), array_agg(s.code), array_agg(s.worth) INTO v_deal, v_currency, v_worth
      FROM (SELECT d.id, y.code,
                   -- As billing's core does it: the discount is rounded, and taken from the rounded amount.
                   (SELECT sum(g.amount - round(g.amount * coalesce(l.discount_percent, 0) / 100, y.exponent))
                      FROM crm.deal_line l
                     CROSS JOIN LATERAL (SELECT round(l.quantity * l.unit_price / l.base_quantity, y.exponent) AS amount) g
                     WHERE l.tenant_id = d.tenant_id AND l.deal_id = d.id)
                   * 10::numeric ^ y.exponent AS worth
              FROM unnest(p_deal) w (id)
             CROSS JOIN LATERAL (
                   SELECT x.id, x.tenant_id, coalesce(x.currency, a.currency, (SELECT e.base_currency FROM tenant.entity e
                              WHERE e.tenant_id = x.tenant_id AND e.id = coalesce(a.entity_id, (SELECT t.default_entity_id
                                    FROM tenant.tenant t WHERE t.tenant_id = x.tenant_id AND t.id = x.tenant_id)))) AS currency
                     FROM crm.deal x
                     LEFT JOIN crm.account a ON a.tenant_id = x.tenant_id AND a.id = x.account_id
                    WHERE x.tenant_id = base.tenant_id() AND x.id = w.id OFFSET 0) d
             CROSS JOIN LATERAL (SELECT c.code, c.exponent FROM base.currency c WHERE c.code = d.currency OFFSET 0) y) s
     WHERE s.worth IS NOT NULL;
    IF 9007199254740991 < ANY (v_worth) THEN
        PERFORM base.raise('ZBRNG', 'The lines come to more than can be billed.', '/lines', 'out_of_range');
    END IF;
    UPDATE crm.deal d SET amount = w.worth::bigint, currency = w.currency
      FROM unnest(v_deal, v_currency, v_worth) w (id, currency, worth)
     WHERE d.tenant_id = base.tenant_id() AND d.id = w.id
       AND (d.amount IS DISTINCT FROM w.worth::bigint OR d.currency IS DISTINCT FROM w.currency);
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_settle(uuid[], boolean[]) TO billfold_program;
