-- ledger.guard_balance(): the lines of an entry, which go in by one statement, balance in each
-- currency and in base currency, and name accounts of the chart.
CREATE OR REPLACE FUNCTION ledger.guard_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n GROUP BY n.tenant_id, n.entry_id, n.currency
                HAVING sum(n.debit) <> sum(n.credit) OR sum(n.base_debit) <> sum(n.base_credit)
                    OR count(n.base_debit) NOT IN (0, count(*))) THEN
        PERFORM base.raise('ZBBAL', 'Debits and credits of an entry differ.');
    END IF;
    -- More lines for an entry that has some already would hide in its balance.
    IF EXISTS (SELECT FROM ledger.line l
                WHERE (l.tenant_id, l.entry_id) IN (SELECT n.tenant_id, n.entry_id FROM new_rows n)
                HAVING count(*) <> (SELECT count(*) FROM new_rows)) THEN
        PERFORM base.raise('ZBBAL', 'The lines of an entry are written at once.');
    END IF;
    IF EXISTS (SELECT FROM new_rows n WHERE NOT EXISTS
                (SELECT FROM ledger.chart_account c WHERE c.code = n.account_code)) THEN
        PERFORM base.raise('ZBBAL', 'An account is not in the chart.');
    END IF;
    RETURN NULL;
END
$$;
