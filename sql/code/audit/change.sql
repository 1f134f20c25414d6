-- audit.change(): the statement trigger of every audited table: one row of the trail for each row
-- that was made, changed or deleted. A change keeps the columns that differ, before and after;
-- columns that audit.masked_column names show only that they differ. Nothing changes without an actor:
-- it raises where none is set. Its argument is the object's name in the trail.
-- Owned by billfold_audit, which may insert into the trail and nothing else.
-- phase: kernel
-- requires: base.new_id, audit.masked
CREATE OR REPLACE FUNCTION audit.change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_actor text := NULLIF(current_setting('app.actor', true), '');
    v_actor_id text := NULLIF(current_setting('app.actor_id', true), '');
    v_request text := NULLIF(current_setting('app.request', true), '');
    v_address text := NULLIF(current_setting('app.address', true), '');
    v_business timestamptz := base.business_now();
    v_object text := TG_ARGV[0];
    v_masked jsonb;
BEGIN
    IF v_actor IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ZBACT', MESSAGE = format('%s on %s without an actor', TG_OP, TG_TABLE_NAME);
    END IF;
    -- {"password_hash": "***"}: laid over what is kept.
    SELECT jsonb_object_agg(m.column_name, '***') INTO v_masked
      FROM audit.masked_column m
     WHERE m.table_name = TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit.entry (tenant_id, id, actor, actor_id, request_id, address, business_at,
                action, object, object_id, after)
        SELECT n.tenant_id, base.new_id(), v_actor, v_actor_id, v_request, v_address, v_business,
               'create', v_object, n.id, audit.masked(jsonb_strip_nulls(to_jsonb(n)), v_masked)
          FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit.entry (tenant_id, id, actor, actor_id, request_id, address, business_at,
                action, object, object_id, before)
        SELECT o.tenant_id, base.new_id(), v_actor, v_actor_id, v_request, v_address, v_business,
               'delete', v_object, o.id, audit.masked(jsonb_strip_nulls(to_jsonb(o)), v_masked)
          FROM old_rows o;
    ELSE
        -- Paired by grouping: a join's plan, kept from a statement of one row, would compare each with each
        -- in one of thousands. Grouping also makes to_jsonb run once a row and not once a column.
        INSERT INTO audit.entry (tenant_id, id, actor, actor_id, request_id, address, business_at,
                action, object, object_id, before, after)
        SELECT d.tenant_id, base.new_id(), v_actor, v_actor_id, v_request, v_address, v_business,
               'update', v_object, d.id, audit.masked(d.before, v_masked), audit.masked(d.after, v_masked)
          FROM (SELECT p.tenant_id, p.id, c.before, c.after
                  FROM (SELECT u.tenant_id, u.id, (array_agg(u.content) FILTER (WHERE u.old))[1] AS was,
                               (array_agg(u.content) FILTER (WHERE NOT u.old))[1] AS is
                          FROM (SELECT o.tenant_id, o.id, to_jsonb(o) AS content, true AS old FROM old_rows o
                                 UNION ALL
                                SELECT n.tenant_id, n.id, to_jsonb(n), false FROM new_rows n) u
                         GROUP BY u.tenant_id, u.id) p
                 CROSS JOIN LATERAL (
                        SELECT jsonb_object_agg(b.key, b.value) AS before, jsonb_object_agg(b.key, p.is -> b.key) AS after
                          FROM jsonb_each(p.was) b
                         WHERE p.is -> b.key IS DISTINCT FROM b.value) c
                 WHERE c.after IS NOT NULL) d;
    END IF;
    RETURN NULL;
END;
$$;

ALTER FUNCTION audit.change() OWNER TO billfold_audit;
