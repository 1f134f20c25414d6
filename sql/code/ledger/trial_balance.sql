-- ledger.trial_balance(entity, currency, as of): debits, credits and balance of each account by entity and
-- currency, with what they are worth in the entity's own, and their sums, which are zero in both. Lines without base amounts (no rate
-- is known) are left out of what is worth, and counted. NULL parameters ask for all. Planned at each call, and never by
-- nested loops: until somebody has analyzed books that grow fast, they seem all but empty, and each line was compared with each entry.
CREATE FUNCTION ledger.trial_balance(p_entity uuid, p_currency text, p_as_of date) RETURNS TABLE (report json)
LANGUAGE sql STABLE SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
    WITH sums AS (
        SELECT e.entity_id, l.currency, l.account_code, sum(l.debit)::bigint AS debit, sum(l.credit)::bigint AS credit,
               coalesce(sum(l.base_debit), 0)::bigint AS base_debit, coalesce(sum(l.base_credit), 0)::bigint AS base_credit,
               count(*) FILTER (WHERE l.base_debit IS NULL) AS without
          FROM ledger.line l
          JOIN ledger.entry e ON e.tenant_id = l.tenant_id AND e.id = l.entry_id
         WHERE l.tenant_id = base.tenant_id()
           AND (p_entity IS NULL OR e.entity_id = p_entity)
           AND (p_currency IS NULL OR l.currency = p_currency)
           AND (p_as_of IS NULL OR e.entry_date <= p_as_of)
         GROUP BY e.entity_id, l.currency, l.account_code
    )
    SELECT json_build_object(
        'object', 'trial_balance',
        'as_of', coalesce(p_as_of, base.business_today()),
        'accounts', (SELECT coalesce(json_agg(json_build_object('entity_id', s.entity_id, 'currency', s.currency,
                'account_code', s.account_code, 'name', c.name, 'kind', c.kind, 'debit', s.debit, 'credit', s.credit,
                'balance', s.debit - s.credit, 'base_debit', s.base_debit, 'base_credit', s.base_credit,
                'base_balance', s.base_debit - s.base_credit) ORDER BY s.entity_id, s.currency, s.account_code), '[]')
              FROM sums s JOIN ledger.chart_account c ON c.code = s.account_code),
        'totals', (SELECT coalesce(json_agg(json_build_object('entity_id', t.entity_id, 'currency', t.currency,
                'debit', t.debit, 'credit', t.credit, 'difference', t.debit - t.credit)
                ORDER BY t.entity_id, t.currency), '[]')
              FROM (SELECT entity_id, currency, sum(debit)::bigint AS debit, sum(credit)::bigint AS credit
                      FROM sums GROUP BY entity_id, currency) t),
        'base_totals', (SELECT coalesce(json_agg(json_build_object('entity_id', t.entity_id, 'currency', n.base_currency,
                'debit', t.debit, 'credit', t.credit, 'difference', t.debit - t.credit, 'lines_without', t.without) ORDER BY t.entity_id), '[]')
              FROM (SELECT entity_id, sum(base_debit)::bigint AS debit, sum(base_credit)::bigint AS credit, sum(without)::bigint AS without
                      FROM sums GROUP BY entity_id) t
              JOIN tenant.entity n ON n.tenant_id = base.tenant_id() AND n.id = t.entity_id))
$$;

GRANT EXECUTE ON FUNCTION ledger.trial_balance(uuid, text, date) TO billfold_program;
