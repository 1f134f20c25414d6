-- base.checks(prefix): the checks that a database brings along: functions check_* (is the installation well?) and
-- invariant_* (is what it holds right?), each in the schema of its room. The comment's first line says what holds,
-- the others what to do where it does not. Each returns (tenant_id, table_name, id, finding), and no row when all is well.
CREATE OR REPLACE FUNCTION base.checks(prefix text) RETURNS TABLE (name text, promise text, hint text)
LANGUAGE sql STABLE
AS $$
    SELECT n.nspname || '.' || p.proname, split_part(d.text, E'\n', 1), nullif(substring(d.text FROM E'\n(.*)$'), '')
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
     CROSS JOIN LATERAL (SELECT coalesce(obj_description(p.oid, 'pg_proc'), p.proname) AS text) d
     WHERE pg_get_userbyid(n.nspowner) = 'billfold_owner' AND starts_with(p.proname, $1) AND p.pronargs = 0 AND p.proretset
     ORDER BY substring(d.text FROM '^I(\d+)')::integer, 1
$$;
