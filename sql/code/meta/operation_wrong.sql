-- meta.operation_wrong(id, limit): what was wrong with the rows of an operation that failed, a row a wrong field, in the
-- order of the file.
CREATE OR REPLACE FUNCTION meta.operation_wrong(id uuid, max_rows integer)
RETURNS TABLE (line bigint, pointer text, detail text, code text)
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(r.line, r.position), w.value ->> 'pointer', coalesce(w.value ->> 'detail', r.error ->> 'detail'),
           coalesce(w.value ->> 'code', r.error ->> 'code')
      FROM (SELECT s.position, s.line, s.error FROM meta.operation_result s
             WHERE s.tenant_id = base.tenant_id() AND s.operation_id = $1 AND s.outcome = 'failed'
             ORDER BY s.position LIMIT $2) r
      LEFT JOIN LATERAL jsonb_array_elements(r.error -> 'errors') WITH ORDINALITY AS w (value, ord) ON true
     ORDER BY r.position, w.ord
$$;

GRANT EXECUTE ON FUNCTION meta.operation_wrong(uuid, integer) TO billfold_admin;
