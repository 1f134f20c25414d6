-- job.next_due(upto): the next instant of business time, not after upto, at which a schedule of the tenant entered
-- falls due; NULL when there is none.
CREATE OR REPLACE FUNCTION job.next_due(upto timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE
AS $$
    SELECT min(s.due_at) FROM job.schedule s WHERE s.tenant_id = base.tenant_id() AND s.due_at <= $1
$$;

GRANT EXECUTE ON FUNCTION job.next_due(timestamptz) TO billfold_program;
