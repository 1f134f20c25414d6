-- billing.series_take(entities, kinds, dates): the next number of each, in the order of issue dates and then of the arrays. A
-- series that an entity does not have yet is made. The counters' rows are locked from here to the end of the
-- transaction, in one order whoever asks: call it last but one. An issue date before the last one of
-- its series raises ZBSER.
-- requires: billing.series_text, billing.series_period, billing.series_group, job.emit
CREATE FUNCTION billing.series_take(p_entity uuid[], p_kind text[], p_date date[])
RETURNS TABLE (ord bigint, series_id uuid, period text, no bigint, number text)
LANGUAGE plpgsql AS $$
DECLARE
    v_tenant uuid := base.tenant_id();
    v record;
    v_first bigint;
    v_made uuid[];
BEGIN
    IF EXISTS (SELECT FROM unnest(p_entity, p_kind) AS w (entity, kind)
                WHERE NOT EXISTS (SELECT FROM billing.series s WHERE s.tenant_id = v_tenant
                    AND s.entity_id = w.entity AND s.series_group = billing.series_group(w.kind))) THEN
        WITH made AS (
            INSERT INTO billing.series (id, entity_id, series_group, pattern)
            SELECT base.new_id(), w.entity, w.grp, CASE w.grp WHEN 'credit_note' THEN 'CN' WHEN 'pro_forma' THEN 'PF'
                   ELSE 'INV' END || '-{YYYY}-{NNNNN}'
              FROM (SELECT DISTINCT u.entity, billing.series_group(u.kind) AS grp
                      FROM unnest(p_entity, p_kind) AS u (entity, kind)) w
            ON CONFLICT (tenant_id, entity_id, series_group) DO NOTHING
            RETURNING id)
        SELECT array_agg(m.id) INTO v_made FROM made m;
        PERFORM job.emit('series.created', 'series', m.id) FROM unnest(v_made) AS m (id);
    END IF;
    FOR v IN
        SELECT s.id, s.pattern, billing.series_period(s.reset, w.date) AS period, count(*) AS n,
               min(w.date) AS first_date, max(w.date) AS last_date,
               array_agg(w.ord ORDER BY w.date, w.ord) AS ords, array_agg(w.date ORDER BY w.date, w.ord) AS dates
          FROM unnest(p_entity, p_kind, p_date) WITH ORDINALITY AS w (entity, kind, date, ord)
          JOIN billing.series s ON s.tenant_id = v_tenant AND s.entity_id = w.entity
               AND s.series_group = billing.series_group(w.kind)
         GROUP BY s.id, s.pattern, billing.series_period(s.reset, w.date)
         ORDER BY s.id, billing.series_period(s.reset, w.date)
    LOOP
        UPDATE billing.series_counter c SET last_no = c.last_no + v.n, last_issue_date = v.first_date
         WHERE c.tenant_id = v_tenant AND c.series_id = v.id AND c.period = v.period
        RETURNING c.last_no - v.n INTO v_first;
        IF NOT FOUND THEN
            INSERT INTO billing.series_counter AS c (series_id, period, last_no, last_issue_date)
            VALUES (v.id, v.period, v.n, v.first_date)
            ON CONFLICT ON CONSTRAINT series_counter_pkey DO UPDATE SET last_no = c.last_no + v.n,
                last_issue_date = v.first_date
            RETURNING c.last_no - v.n INTO v_first;
        END IF;
        IF v.last_date > v.first_date THEN
            UPDATE billing.series_counter c SET last_issue_date = v.last_date
             WHERE c.tenant_id = v_tenant AND c.series_id = v.id AND c.period = v.period;
        END IF;
        RETURN QUERY
        SELECT o.ord, v.id, v.period, v_first + o.place, billing.series_text(v.pattern, o.date, v_first + o.place)
          FROM unnest(v.ords, v.dates) WITH ORDINALITY AS o (ord, date, place);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.series_take(uuid[], text[], date[]) TO billfold_api, billfold_invoiced;
