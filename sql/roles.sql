-- The roles of a cluster, and what they may do in this database. Run by a superuser, once for every
-- database; `billfold migrate` does it by itself when its connection is a superuser's. Running it
-- again changes nothing.
--
--   billfold_owner     owns every object; nobody signs in as it
--   billfold_migrate   signs in for migrate, backup and doctor; sees every tenant
--   billfold_audit     owns the functions that write the audit trail; may only insert there
--   billfold_door      owns the few functions that run before a tenant is known; may only look
--   billfold_search    owns search.find; may only look
--   billfold_program   what every program needs; each program's own role is a member
--   billfold_admin     the command line's role: makes tenants, users and clients

DO $$
DECLARE
    v_role text;
    v_kind text;
BEGIN
    FOR v_role, v_kind IN VALUES
        ('billfold_owner', 'NOLOGIN'),
        ('billfold_migrate', 'LOGIN BYPASSRLS'),
        ('billfold_audit', 'NOLOGIN'),
        ('billfold_door', 'NOLOGIN BYPASSRLS'),
        ('billfold_search', 'NOLOGIN BYPASSRLS'),
        ('billfold_program', 'NOLOGIN'),
        ('billfold_admin', 'LOGIN'),
        ('billfold_api', 'LOGIN'),
        ('billfold_scheduler', 'LOGIN'),
        ('billfold_invoiced', 'LOGIN'),
        ('billfold_paymentd', 'LOGIN'),
        ('billfold_maild', 'LOGIN'),
        ('billfold_syncd', 'LOGIN')
    LOOP
        -- Two databases of one cluster may be set up at the same time.
        BEGIN
            EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION %s', v_role, v_kind);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
    IF NOT pg_has_role('billfold_migrate', 'billfold_owner', 'MEMBER') THEN
        GRANT billfold_owner TO billfold_migrate;
    END IF;
    -- So that the owner can hand functions over; BYPASSRLS is not inherited.
    IF NOT pg_has_role('billfold_owner', 'billfold_audit', 'MEMBER') THEN
        GRANT billfold_audit, billfold_door, billfold_search TO billfold_owner;
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO billfold_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO billfold_program, billfold_migrate', current_database());
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;

    FOREACH v_role IN ARRAY ARRAY['billfold_admin', 'billfold_api', 'billfold_scheduler', 'billfold_invoiced',
        'billfold_paymentd', 'billfold_maild', 'billfold_syncd']
    LOOP
        IF NOT pg_has_role(v_role, 'billfold_program', 'MEMBER') THEN
            EXECUTE format('GRANT billfold_program TO %I', v_role);
        END IF;
    END LOOP;
END;
$$;

-- Limits and plans of the programs: a statement that hangs must not hold a worker, a lock that is
-- not granted must not queue others behind it. A generic plan serves: every statement is led by
-- tenant_id, and planning a policy anew costs more than it finds. What is large is compressed fast: answers and the trail
-- are written by every request.
DO $$
DECLARE
    v_role text;
    v_statement text;
    v_setting text;
BEGIN
    FOR v_role, v_statement IN VALUES
        ('billfold_admin', '60s'),
        ('billfold_api', '15s'),
        ('billfold_scheduler', '60s'),
        ('billfold_invoiced', '120s'),
        ('billfold_paymentd', '60s'),
        ('billfold_maild', '60s'),
        ('billfold_syncd', '120s')
    LOOP
        FOREACH v_setting IN ARRAY ARRAY[
            'statement_timeout = ' || quote_literal(v_statement),
            'lock_timeout = ''5s''',
            'idle_in_transaction_session_timeout = ''30s''',
            'plan_cache_mode = force_generic_plan',
            'default_toast_compression = lz4',
            'jit = off',
            'search_path = pg_catalog',
            'timezone = ''UTC''',
            'datestyle = ''ISO, YMD''']
        LOOP
            -- pg_db_role_setting is locked against its own concurrent update only.
            IF NOT EXISTS (
                SELECT FROM pg_db_role_setting s
                 WHERE s.setdatabase = 0 AND s.setrole = v_role::regrole
                   AND replace(v_setting, '''', '') = ANY (SELECT replace(c, '=', ' = ') FROM unnest(s.setconfig) c))
            THEN
                EXECUTE format('ALTER ROLE %I SET %s', v_role, v_setting);
            END IF;
        END LOOP;
    END LOOP;
    ALTER ROLE billfold_migrate SET row_security = off;
    ALTER ROLE billfold_migrate SET search_path = pg_catalog;
    ALTER ROLE billfold_migrate SET timezone = 'UTC';
END;
$$;
