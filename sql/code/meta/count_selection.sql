-- meta.count_selection(id, most): what a bulk action has selected is its total. Raises ZB422 when it is more than may be
-- taken at once.
CREATE OR REPLACE FUNCTION meta.count_selection(p_id uuid, p_most bigint) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_n bigint;
BEGIN
    SELECT count(*) INTO v_n FROM meta.operation_result r
     WHERE r.tenant_id = base.tenant_id() AND r.operation_id = p_id;
    IF v_n > p_most THEN
        PERFORM base.raise('ZB422', format('The selection has more than %s rows; narrow it.', p_most), '/where', 'too_many');
    END IF;
    UPDATE meta.operation o SET total = v_n WHERE o.tenant_id = base.tenant_id() AND o.id = p_id;
END;
$$;

GRANT EXECUTE ON FUNCTION meta.count_selection(uuid, bigint) TO billfold_program;
