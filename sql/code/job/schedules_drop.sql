-- job.schedules_drop(kinds, keys): no more of them, of whichever of these kinds.
CREATE OR REPLACE FUNCTION job.schedules_drop(kinds text[], keys text[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM job.schedule s
     WHERE s.tenant_id = base.tenant_id() AND s.kind = ANY ($1 COLLATE "C") AND s.key = ANY ($2 COLLATE "C");
END
$$;

GRANT EXECUTE ON FUNCTION job.schedules_drop(text[], text[]) TO billfold_program;
