-- base.invariant_references(): rows that refer to what their own tenant does not have; no row when all is well. Looks
-- at every foreign key between tables of tenants, and at the columns that are references without one. Says where it is
-- another tenant's row that is meant.
CREATE FUNCTION base.invariant_references() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        WITH tenant_table AS (
            SELECT c.oid, n.nspname || '.' || c.relname AS name,
                   -- What names a row: its primary key without the tenant.
                   (SELECT string_agg(format('f.%I', a.attname), ' || ''/'' || ' ORDER BY u.ord)
                      FROM pg_constraint k
                     CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (n, ord)
                      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n AND a.attname <> 'tenant_id'
                     WHERE k.conrelid = c.oid AND k.contype = 'p') AS row_id
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped
             WHERE c.relkind IN ('r', 'p') AND pg_get_userbyid(n.nspowner) = 'billfold_owner'),
        foreign_key AS (
            SELECT t.name AS from_table, t.row_id, u.name AS to_table,
                   array_agg(f.attname ORDER BY k.ord) AS from_columns, array_agg(p.attname ORDER BY k.ord) AS to_columns
              FROM pg_constraint c
              JOIN tenant_table t ON t.oid = c.conrelid
              JOIN tenant_table u ON u.oid = c.confrelid
             CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (f, p, ord)
              JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = k.f
              JOIN pg_attribute p ON p.attrelid = c.confrelid AND p.attnum = k.p
             WHERE c.contype = 'f'
             GROUP BY c.oid, t.name, t.row_id, u.name),
        -- References to rows that every writer would lock are checked when they are written, and here.
        known (column_name, to_table) AS (VALUES ('entity_id', 'tenant.entity'), ('owner_id', 'auth.app_user'),
            ('account_id', 'crm.account'), ('customer_account_id', 'crm.account'), ('deal_id', 'crm.deal'),
            ('invoice_id', 'billing.invoice'), ('subscription_id', 'billing.subscription'), ('series_id', 'billing.series'),
            ('product_id', 'catalog.product'), ('payment_id', 'payment.payment'), ('entry_id', 'ledger.entry')),
        loose AS (
            SELECT t.name AS from_table, t.row_id, k.to_table, ARRAY['tenant_id', a.attname]::name[] AS from_columns,
                   ARRAY['tenant_id', 'id']::name[] AS to_columns
              FROM tenant_table t
              JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype
              JOIN known k ON k.column_name = a.attname
             WHERE NOT EXISTS (SELECT FROM foreign_key f WHERE f.from_table = t.name AND f.from_columns = ARRAY['tenant_id', a.attname]::name[])
               -- The trail, the feed and what was skipped tell of what is gone, too.
               AND t.name NOT LIKE 'audit.%' AND t.name NOT IN ('job.event', 'billing.subscription_skip'))
        SELECT * FROM foreign_key UNION SELECT * FROM loose ORDER BY from_table
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT f.tenant_id, %L, (%s)::text, format(%L, p.tenant_id)'
            ' FROM %s f LEFT JOIN %s p ON %s'
            ' WHERE %s AND NOT EXISTS (SELECT FROM %s o WHERE %s)',
            v.from_table, v.row_id,
            format('%s refers to a row of %s that its tenant does not have; owner: %%s',
                   array_to_string(v.from_columns[2:], ', '), v.to_table),
            v.from_table::regclass, v.to_table::regclass,
            -- The same id elsewhere, whoever's.
            (SELECT string_agg(format('p.%I = f.%I', t, s), ' AND ') FROM unnest(v.to_columns[2:], v.from_columns[2:]) AS u (t, s)),
            (SELECT string_agg(format('f.%I IS NOT NULL', s), ' AND ') FROM unnest(v.from_columns) AS u (s)),
            v.to_table::regclass,
            (SELECT string_agg(format('o.%I = f.%I', t, s), ' AND ') FROM unnest(v.to_columns, v.from_columns) AS u (t, s)));
    END LOOP;
END;
$$;

COMMENT ON FUNCTION base.invariant_references() IS 'I15 every reference stays within its tenant and leads to a row';
