-- meta.external_ids(tenant, resource, object): [{system, id}] of an object, as the API shows them.
CREATE OR REPLACE FUNCTION meta.external_ids(tenant uuid, resource text, object uuid) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(json_agg(json_build_object('system', e.system, 'id', e.external_id)
                             ORDER BY e.system, e.external_id), '[]')
      FROM meta.external_id e
     WHERE e.tenant_id = $1 AND e.object_id = $3 AND e.resource = $2
$$;

GRANT EXECUTE ON FUNCTION meta.external_ids(uuid, text, uuid) TO billfold_program;
