-- billing.series_view: a number series with what it has given out in its latest period.
CREATE VIEW billing.series_view WITH (security_invoker = true) AS
SELECT
    s.tenant_id, s.id, s.version, s.created_at, s.updated_at, s.archived_at,
    s.entity_id, s.series_group, s.pattern, s.reset,
    (SELECT coalesce(json_agg(json_build_object('period', c.period, 'last_no', c.last_no,
                'last_issue_date', c.last_issue_date) ORDER BY c.period), '[]')
       FROM billing.series_counter c WHERE c.tenant_id = s.tenant_id AND c.series_id = s.id) AS counters
FROM billing.series s;

GRANT SELECT ON billing.series_view TO billfold_program;
