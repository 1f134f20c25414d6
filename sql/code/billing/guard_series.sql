-- billing.guard_series(): a counter only rises, and its issue dates never go back.
CREATE OR REPLACE FUNCTION billing.guard_series() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.last_no < OLD.last_no OR (NEW.tenant_id, NEW.series_id, NEW.period)
            IS DISTINCT FROM (OLD.tenant_id, OLD.series_id, OLD.period) THEN
        PERFORM base.raise('ZBFIN', 'A number that was given cannot be taken back.');
    ELSIF NEW.last_issue_date < OLD.last_issue_date OR NEW.last_issue_date IS NULL THEN
        PERFORM base.raise('ZBSER', format('The last document of this series is dated %s.', OLD.last_issue_date),
            '/issue_date', 'issue_date_before_series');
    END IF;
    RETURN NEW;
END
$$;
