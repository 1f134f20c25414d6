-- billing.period_at(anchor, calendar, recurring, every, day): the period that holds a day, as billing's core counts it (cycle.c): boundaries
-- from the anchor, clamped to the month's end; the calendar's begin on the anchor where they began before it. No row before the anchor.
CREATE FUNCTION billing.period_at(p_anchor date, p_calendar boolean, p_recurring text, p_every integer, p_day date)
RETURNS TABLE (period_start date, period_end date)
LANGUAGE sql IMMUTABLE AS $$
    SELECT greatest(p_anchor, (w.anchor + k.k * w.step)::date), (w.anchor + (k.k + 1) * w.step)::date
      FROM (SELECT u.months * p_every AS months, u.days * p_every AS days,
                   make_interval(months => u.months * p_every, days => u.days * p_every) AS step,
                   CASE WHEN NOT p_calendar THEN p_anchor
                        WHEN u.days > 0 THEN date_trunc('week', p_anchor)::date
                        WHEN p_recurring = 'year' THEN date_trunc('year', p_anchor)::date
                        WHEN 12 % (u.months * p_every) = 0
                        THEN (date_trunc('year', p_anchor) + make_interval(months => (extract(month FROM p_anchor)::integer - 1)
                              / (u.months * p_every) * (u.months * p_every)))::date
                        ELSE date_trunc('month', p_anchor)::date END AS anchor
              FROM (VALUES ('week', 0, 7), ('month', 1, 0), ('quarter', 3, 0), ('half_year', 6, 0), ('year', 12, 0))
                   AS u (word, months, days)
             WHERE u.word = p_recurring) w
     CROSS JOIN LATERAL (SELECT CASE WHEN w.days > 0 THEN (p_day - w.anchor) / w.days
             ELSE ((extract(year FROM p_day) - extract(year FROM w.anchor)) * 12 + extract(month FROM p_day)
                   - extract(month FROM w.anchor))::integer / w.months END AS k) g
     CROSS JOIN LATERAL (SELECT CASE WHEN (w.anchor + g.k * w.step)::date > p_day THEN g.k - 1 ELSE g.k END AS k) k
     WHERE p_day >= p_anchor
$$;

GRANT EXECUTE ON FUNCTION billing.period_at(date, boolean, text, integer, date) TO billfold_program;
