-- billing.pause_write(subscription, starts, ends, keeps): the days from `starts` to before `ends` (NULL: to nobody knows when) are those of one pause,
-- whatever its end was before; none: there was no such pause.
CREATE FUNCTION billing.pause_write(p_subscription uuid, p_starts date, p_ends date, p_keeps date) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF p_ends <= p_starts THEN
        DELETE FROM billing.subscription_pause p
         WHERE p.tenant_id = base.tenant_id() AND p.subscription_id = p_subscription AND p.starts_on = p_starts;
        RETURN;
    END IF;
    INSERT INTO billing.subscription_pause AS p (subscription_id, starts_on, ends_on, keeps_until)
    VALUES (p_subscription, p_starts, p_ends, p_keeps)
    ON CONFLICT (tenant_id, subscription_id, starts_on) DO UPDATE SET ends_on = excluded.ends_on;
END
$$;

GRANT EXECUTE ON FUNCTION billing.pause_write(uuid, date, date, date) TO billfold_api, billfold_invoiced;
