-- billing.guard_pause(): a subscription stands still once on a day: its pauses lie apart from each other, whoever writes, and one
-- that has ended, by its account's days, stays as it was.
-- requires: billing.subscription_zone
CREATE OR REPLACE FUNCTION billing.guard_pause() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ends_on < base.business_today(billing.subscription_zone(NEW.subscription_id)) AND (NEW.starts_on, NEW.ends_on, NEW.keeps_until)
        IS DISTINCT FROM (OLD.starts_on, OLD.ends_on, OLD.keeps_until)
        AND (SELECT s.state FROM billing.subscription s WHERE s.tenant_id = NEW.tenant_id AND s.id = NEW.subscription_id) <> 'paused' THEN
        PERFORM base.raise('ZBSTA', 'A pause that has ended stays so.', '/pauses', 'wrong_state');
    END IF;
    IF EXISTS (SELECT FROM billing.subscription_pause p
                WHERE p.tenant_id = NEW.tenant_id AND p.subscription_id = NEW.subscription_id AND p.starts_on <> NEW.starts_on
                  AND daterange(p.starts_on, p.ends_on) && daterange(NEW.starts_on, NEW.ends_on)) THEN
        PERFORM base.raise('ZB422', 'Two pauses of one subscription would hold one day.', '/pauses', 'overlap');
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER guard_change BEFORE INSERT OR UPDATE ON billing.subscription_pause
    FOR EACH ROW EXECUTE FUNCTION billing.guard_pause();
