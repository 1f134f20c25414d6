-- collect.taken_until(invoice): the last instant of business time, in microseconds since 1970, for which a step of the invoice's reminders
-- has become a job: what was planned up to then is taken, or will be by that job. NULL: none has. Jobs that are done are kept for
-- weeks, and their keys end with the instant.
CREATE OR REPLACE FUNCTION collect.taken_until(p_invoice uuid) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT (extract(epoch FROM (j.payload ->> 'due_at')::timestamptz) * 1000000)::bigint
      FROM job.job j
     WHERE j.tenant_id = base.tenant_id() AND j.kind = 'remind'
       AND j.key > 'invoice:' || p_invoice || '@' AND j.key < 'invoice:' || p_invoice || 'A'
     ORDER BY j.key DESC LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION collect.taken_until(uuid) TO billfold_program;
