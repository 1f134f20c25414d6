-- meta.analyze_grown(tables): tells the planner of tables that long work has filled. Until then it goes by what they held when
-- they were looked at last, often nothing, and reads all rows of a tenant where a key would find the one. Only what has
-- grown by half since is looked at, and what somebody else is looking at is left to them.
-- Runs as the owner, who alone may; it says nothing and changes no row.
CREATE OR REPLACE FUNCTION meta.analyze_grown(p_tables text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    v_table regclass;
BEGIN
    FOR v_table IN
        SELECT c.oid FROM unnest(p_tables) t JOIN pg_class c ON c.oid = to_regclass(t)
         WHERE c.relkind = 'r' AND c.relowner = current_user::regrole
           AND pg_stat_get_mod_since_analyze(c.oid) > 200 + greatest(c.reltuples, 0) / 2
    LOOP
        EXECUTE format('ANALYZE (SKIP_LOCKED) %s', v_table);
    END LOOP;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.analyze_grown(text[]) TO billfold_program;
