-- What the system roles permit: sales makes no money move and changes no terms; who only looks changes nothing.
\ir tap.psql
BEGIN;
\ir tenants.psql
SELECT no_plan();

SELECT set_eq('SELECT key FROM auth.system_role', ARRAY['owner', 'admin', 'billing', 'sales', 'support', 'approver', 'accountant', 'auditor', 'read_only'],
    'the roles are these');
SELECT set_eq($$ SELECT permission FROM auth.system_role_permission WHERE role_key = 'owner' $$, 'SELECT word FROM auth.permission', 'an owner may do everything');
SELECT is_empty($$ SELECT permission FROM auth.system_role_permission WHERE role_key = 'sales'
    AND (permission IN ('account.terms', 'account.bank_data', 'account.merge', 'invoice.finalize', 'invoice.send', 'invoice.void', 'invoice.write', 'tax.write', 'catalog.write')
         OR permission LIKE 'payment.%' OR permission LIKE 'ledger.%') $$, 'sales changes neither terms nor documents nor money');
SELECT is_empty($$ SELECT role_key, permission FROM auth.system_role_permission WHERE role_key IN ('auditor', 'read_only')
    AND permission NOT LIKE '%.read' AND permission <> 'export' $$, 'who only looks changes nothing');
SELECT is_empty($$ SELECT role_key FROM auth.system_role_permission WHERE permission IN ('user.write', 'client.write') AND role_key NOT IN ('owner', 'admin') $$,
    'only owner and admin let others in');
SELECT is_empty($$ SELECT role_key FROM auth.system_role_permission WHERE permission = 'payment.refund' AND role_key NOT IN ('owner', 'billing') $$,
    'only owner and billing give money back');

-- A release that permits more or less reaches the tenants that exist, and leaves their own roles alone.
SELECT pg_temp.enter(:a) \g /dev/null
INSERT INTO auth.role (id, key, name) VALUES ('0193a000-0000-7000-8000-0000000000f1', 'own', 'Own');
INSERT INTO auth.role_permission (role_id, permission) VALUES ('0193a000-0000-7000-8000-0000000000f1', 'import');
DELETE FROM auth.system_role_permission WHERE role_key = 'support' AND permission = 'invoice.send';
INSERT INTO auth.system_role_permission VALUES ('support', 'report.read');
SELECT auth.sync_roles(:a) \g /dev/null
SELECT set_eq($$ SELECT p.permission FROM auth.role_permission p JOIN auth.role r ON r.tenant_id = p.tenant_id AND r.id = p.role_id
    WHERE r.key = 'support' AND r.tenant_id = '0193a000-0000-7000-8000-00000000000a' $$, $$ SELECT permission FROM auth.system_role_permission WHERE role_key = 'support' $$, 'system roles follow');
SELECT set_eq($$ SELECT permission FROM auth.role_permission WHERE role_id = '0193a000-0000-7000-8000-0000000000f1' $$, ARRAY['import'], 'a role of their own stays');

SELECT * FROM finish();
ROLLBACK;
