-- The chain of the trail: holds when nobody touched it, and shows each way of touching it. Commits, since only
-- finished transactions are sealed; each tampering is a superuser's, in a transaction that is rolled back.
\ir tap.psql
SELECT 'test-seal-' || substr(md5(random()::text), 1, 8) AS slug, base.new_id() AS tenant, base.new_id() AS entity \gset
SELECT no_plan();
BEGIN;
SELECT tenant.create(:'tenant', :'entity', :'slug', 'Sealed', 'EUR', 'AT', 'UTC', 'en', false, 'operator:test') \g /dev/null
COMMIT;
CREATE FUNCTION pg_temp.seal(tenant uuid, n integer) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM api.enter(tenant, 'worker:scheduler', 'scheduler', NULL, -1, NULL);
    SET LOCAL ROLE billfold_scheduler;
    RETURN (SELECT sealed FROM audit.seal(n));
END $$;
CREATE FUNCTION pg_temp.findings(tenant uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_n bigint;
BEGIN
    PERFORM set_config('app.tenant', tenant::text, true);
    SELECT count(*) INTO v_n FROM audit.verify();
    RETURN v_n;
END $$;
-- What is found after a statement of someone who may do anything.
CREATE FUNCTION pg_temp.after(tenant uuid, statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE v_n bigint;
BEGIN
    BEGIN
        EXECUTE replace(statement, '$T', quote_literal(tenant));
        v_n := pg_temp.findings(tenant);
        RAISE EXCEPTION 'undo';
    EXCEPTION WHEN raise_exception THEN
        RETURN v_n;
    END;
END $$;
-- Three batches: the creation, and two of changes.
BEGIN; SELECT is(pg_temp.seal(:'tenant', 100), (SELECT count(*) FROM audit.entry WHERE tenant_id = :'tenant'), 'the first batch is all there is'); COMMIT;
BEGIN; SELECT pg_temp.seal(:'tenant', 100) AS again \gset
COMMIT;
SELECT is(:again, 0, 'there is nothing to seal twice');
BEGIN; SELECT api.enter(:'tenant', 'worker:x', 'x', NULL, -1, NULL) \g /dev/null
UPDATE auth.role SET name = name || '!' WHERE tenant_id = :'tenant'; COMMIT;
BEGIN; SELECT api.enter(:'tenant', 'worker:x', 'x', NULL, -1, NULL) \g /dev/null
UPDATE tenant.entity SET phone = '1' WHERE tenant_id = :'tenant'; COMMIT;
BEGIN; SELECT is(pg_temp.seal(:'tenant', 1), (SELECT count(*) FROM auth.role WHERE tenant_id = :'tenant'), 'a batch is of whole transactions'); COMMIT;
BEGIN; SELECT is(pg_temp.seal(:'tenant', 1), 1::bigint, 'the next goes on from there'); COMMIT;
BEGIN; SELECT api.enter(:'tenant', 'worker:x', 'x', NULL, -1, NULL) \g /dev/null
UPDATE tenant.entity SET phone = '2' WHERE tenant_id = :'tenant';
SELECT is(pg_temp.seal(:'tenant', 1), 0::bigint, 'what is not finished is not sealed'); COMMIT;

SELECT is(pg_temp.findings(:'tenant'), 0::bigint, 'the chain holds');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ UPDATE audit.entry SET actor = 'user:other' WHERE id = (SELECT min(id::text)::uuid FROM audit.entry WHERE tenant_id = $T) $$), '>', 0::bigint, 'a changed actor shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ UPDATE audit.entry SET after = after || '{"name": "x"}' WHERE tenant_id = $T AND object = 'tenant' $$), '>', 0::bigint, 'a changed content shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ UPDATE audit.entry SET recorded_at = recorded_at - interval '1 microsecond' WHERE tenant_id = $T AND object = 'tenant' $$), '>', 0::bigint, 'a changed time shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ DELETE FROM audit.entry WHERE id = (SELECT min(id::text)::uuid FROM audit.entry WHERE tenant_id = $T) $$), '>', 0::bigint, 'a row that was taken out shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ INSERT INTO audit.entry SELECT (jsonb_populate_record(e, jsonb_build_object('id', base.new_id()))).* FROM audit.entry e WHERE tenant_id = $T AND object = 'tenant' LIMIT 1 $$), '>', 0::bigint, 'a row that was put in shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ UPDATE audit.entry e SET after = o.after FROM audit.entry o WHERE e.tenant_id = $T AND o.tenant_id = $T AND e.object = 'role' AND o.object = 'role'
    AND e.action = 'create' AND o.action = 'create' AND e.object_id <> o.object_id $$), '>', 0::bigint, 'swapped contents show');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ DELETE FROM audit.seal WHERE tenant_id = $T AND batch = 2 $$), '>', 0::bigint, 'a link that was taken out shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ DELETE FROM audit.seal WHERE tenant_id = $T AND batch = 3 $$), '>', 0::bigint, 'a last link that was taken out shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ WITH s AS (DELETE FROM audit.seal WHERE tenant_id = $T AND batch = 3 RETURNING first_txid)
    DELETE FROM audit.entry e USING s WHERE e.tenant_id = $T AND e.txid > s.first_txid $$), '>', 0::bigint, 'a tail that was cut off with its link shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ DELETE FROM audit.head WHERE tenant_id = $T $$), '>', 0::bigint, 'a head that is missing shows');
SELECT cmp_ok(pg_temp.after(:'tenant', $$ UPDATE audit.seal SET hash = sha256('x') WHERE tenant_id = $T AND batch = 1 $$), '>', 0::bigint, 'a changed hash shows');
SELECT is(pg_temp.findings(:'tenant'), 0::bigint, 'and the chain still holds');
SELECT is(pg_temp.findings(:'tenant'), 0::bigint, 'rows that are not sealed yet are no finding');

SELECT * FROM finish();
