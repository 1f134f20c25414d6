-- document.file_roll(after tenant, after id, limit): stored files of all tenants in the order of their keys, for billfold
-- doctor, which holds them against what lies on disk. For billfold_migrate, which sees every tenant.
CREATE OR REPLACE FUNCTION document.file_roll(after_tenant uuid, after_id uuid, max_rows integer)
RETURNS TABLE (tenant_id uuid, tenant text, id uuid, sha256 text, size bigint)
LANGUAGE sql STABLE
AS $$
    SELECT f.tenant_id, t.slug, f.id, f.sha256, f.size
      FROM document.file f JOIN tenant.tenant t ON t.id = f.tenant_id
     WHERE (f.tenant_id, f.id) > ($1, $2)
     ORDER BY f.tenant_id, f.id LIMIT $3
$$;
