-- ledger.revaluation_facts(entity, day, bank): what a revaluation of that day is decided on: the seller, the revaluation that there is
-- already, and, a row each, what each account had in each foreign currency by the end of that day and what it was worth: what others owe
-- the seller and the seller owes them; with bank also cash, bank and clearing. Lines without a rate are left out, and counted. One row at
-- least. The day must be over, and its books open.
-- requires: base.business_today
CREATE FUNCTION ledger.revaluation_facts(p_entity uuid, p_day date, p_bank boolean)
RETURNS TABLE (entity_id uuid, base_currency text, base_exponent smallint, known_id uuid, known_print text, currency text, exponent smallint,
    account_code text, liability boolean, amount bigint, worth bigint, without bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
DECLARE
    v record;
BEGIN
    SELECT e.id, e.base_currency, b.exponent, r.id AS known, r.print, k.locked_through INTO v
      FROM tenant.tenant t
      JOIN tenant.entity e ON e.tenant_id = t.tenant_id AND e.id = coalesce(p_entity, t.default_entity_id)
      JOIN base.currency b ON b.code = e.base_currency
      LEFT JOIN ledger.revaluation r ON r.tenant_id = e.tenant_id AND r.entity_id = e.id AND r.revalued_on = p_day
      LEFT JOIN ledger.period k ON k.tenant_id = e.tenant_id AND k.entity_id = e.id
     WHERE t.tenant_id = base.tenant_id();
    IF NOT FOUND THEN
        PERFORM base.raise('ZB422', 'No such entity.', '/entity_id', 'not_found');
    ELSIF p_day >= base.business_today() THEN
        PERFORM base.raise('ZB422', 'What is open is revalued once the day is over.', '/date', 'out_of_range');
    ELSIF v.locked_through >= p_day AND v.known IS NULL THEN
        PERFORM base.raise('ZBLCK', format('The books are locked through %s.', v.locked_through));
    END IF;
    RETURN QUERY
    SELECT v.id, v.base_currency, v.exponent, v.known, v.print, s.currency, c.exponent, s.account_code, k.kind = 'liability', s.amount,
           s.worth, s.without
      FROM (SELECT 1) one
      LEFT JOIN (
            SELECT l.currency, l.account_code, coalesce(sum(l.debit - l.credit) FILTER (WHERE l.base_debit IS NOT NULL), 0)::bigint AS amount,
                   coalesce(sum(l.base_debit - l.base_credit), 0)::bigint AS worth,
                   count(*) FILTER (WHERE l.base_debit IS NULL) AS without
              FROM ledger.entry e
              JOIN ledger.line l ON l.tenant_id = e.tenant_id AND l.entry_id = e.id
             WHERE e.tenant_id = base.tenant_id() AND e.entity_id = v.id AND e.entry_date <= p_day AND l.currency <> v.base_currency
               AND (l.account_code IN ('1100', '1030', '2200', '2210') OR (p_bank AND l.account_code IN ('1000', '1010', '1020')))
             GROUP BY l.currency, l.account_code) s ON true
      LEFT JOIN base.currency c ON c.code = s.currency
      LEFT JOIN ledger.chart_account k ON k.code = s.account_code
     ORDER BY s.currency, s.account_code;
END
$$;

GRANT EXECUTE ON FUNCTION ledger.revaluation_facts(uuid, date, boolean) TO billfold_api;
