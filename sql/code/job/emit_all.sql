-- job.emit_all(type, object, ids, versions, accounts, data): the events of a set of objects in this transaction, of one type,
-- each object once, with its version after the change. A second event for the same object adds to the first: a telling
-- type replaces "updated", the type it replaces is kept in `also`, data are merged. job.event_facts names what
-- events of this kind of object tell besides, as it is after the change.
-- requires: job.emit_also
CREATE OR REPLACE FUNCTION job.emit_all(type text, object text, ids uuid[], versions bigint[], accounts uuid[],
    data jsonb[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM job.emit_also($1, '{}', $2, $3, $4, $5, $6);
END;
$$;

GRANT EXECUTE ON FUNCTION job.emit_all(text, text, uuid[], bigint[], uuid[], jsonb[]) TO billfold_program;
