-- job.invariant_events(): what is wrong with the feed of changes of the last week, which is how long it is kept
-- at least; no row when all is well. A change has an event in its own transaction and an event its change; an object's
-- sequences rise as they were recorded, under its lock (a transaction that waited for that may be the older one), and none is ahead of the
-- object. What has no events: rows that are told with what they belong to, what a
-- new tenant starts with, and what a release changes.
CREATE FUNCTION job.invariant_events() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    WITH since AS (
        -- Ids carry their time: the primary keys find the week.
        SELECT (lpad(to_hex((extract(epoch FROM now() - interval '7 days') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid AS id),
    change AS (
        SELECT a.tenant_id, a.object, a.object_id, a.txid, min(a.action) AS action, min(a.actor) AS actor,
               -- A child's change moves its parent's version, a role's its people's epoch, and nothing else.
               bool_and(a.action = 'update' AND a.after - ARRAY['version', 'updated_at', 'epoch'] = '{}') AS touched
          FROM audit.entry a, since
         WHERE a.id >= since.id AND a.action IN ('create', 'update', 'delete')
         GROUP BY 1, 2, 3, 4),
    -- A few rows by themselves: all changes were looked through for each of them.
    born AS MATERIALIZED (
        SELECT c.tenant_id, c.txid FROM change c WHERE c.object = 'tenant' AND c.action = 'create'),
    event AS (
        SELECT e.tenant_id, e.id, e.object, e.object_id, e.txid, e.type, e.sequence, e.recorded_at
          FROM job.event e, since WHERE e.id >= since.id)
    SELECT c.tenant_id, 'audit.entry', c.object_id::text, format('the %s of the %s by %s has no event', c.action, c.object, c.actor)
      FROM change c
     WHERE NOT c.touched AND c.actor <> 'system:migrate'
       AND c.object NOT IN ('account_processor', 'consent', 'deal_line', 'delivery', 'file', 'invoice_approval', 'link', 'recovery_code', 'role_permission')
       AND NOT EXISTS (SELECT FROM job.event e WHERE e.tenant_id = c.tenant_id AND e.object_id = c.object_id
                        AND e.txid = c.txid AND e.object = c.object)
       AND NOT EXISTS (SELECT FROM born b WHERE b.tenant_id = c.tenant_id AND b.txid = c.txid)
    UNION ALL
    SELECT e.tenant_id, 'job.event', e.id::text, format('%s of the %s %s, and nothing changed', e.type, e.object, e.object_id)
      FROM event e
     WHERE e.object IN (SELECT DISTINCT c.object FROM change c)
       AND NOT EXISTS (SELECT FROM audit.entry a WHERE a.tenant_id = e.tenant_id AND a.object_id = e.object_id
                        AND a.txid = e.txid AND a.object = e.object)
    UNION ALL
    SELECT o.tenant_id, 'job.event', o.id::text,
           format('%s of the %s %s has sequence %s, the one before it %s', o.type, o.object, o.object_id, o.sequence, o.before)
      FROM (SELECT e.*, lag(e.sequence) OVER (PARTITION BY e.tenant_id, e.object, e.object_id ORDER BY e.recorded_at, e.id) AS before
              FROM event e) o
     WHERE o.sequence <= o.before
$$;

COMMENT ON FUNCTION job.invariant_events() IS 'I10 every change has its event, every event its change, sequences rise';
