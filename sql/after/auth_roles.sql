-- Every tenant's system roles are those of this release.
SELECT auth.sync_roles(t.id) FROM tenant.tenant t;
