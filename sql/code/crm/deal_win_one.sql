-- crm.deal_win_one(deal, closed): the same for one deal; whatever is missing is raised at once.
-- requires: crm.deal_win, base.raise_fields
CREATE OR REPLACE FUNCTION crm.deal_win_one(p_id uuid, p_closed date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_state text;
    v_words text;
    v_fields jsonb;
BEGIN
    SELECT min(w.sqlstate), string_agg(w.detail, ' '),
           jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', 'required', 'detail', w.detail))
               FILTER (WHERE w.pointer IS NOT NULL AND w.sqlstate = 'ZB422')
      INTO v_state, v_words, v_fields
      FROM crm.deal_win(ARRAY[p_id], p_closed) w;
    IF v_state IS NOT NULL THEN
        PERFORM base.raise_fields(v_state, v_words, v_fields);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION crm.deal_win_one(uuid, date) TO billfold_program;
