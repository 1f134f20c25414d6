-- payment.stamp_consent(): when a method's owner agreed to be charged without being there, by business time; the moment the
-- agreement is given, and gone with it. A method that has come to its end does not begin anew.
CREATE OR REPLACE FUNCTION payment.stamp_consent() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.off_session THEN
        NEW.consent_at := NULL;
    ELSIF TG_OP = 'INSERT' OR NOT OLD.off_session THEN
        NEW.consent_at := base.business_now();
    ELSE
        NEW.consent_at := OLD.consent_at;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'removed' AND NEW.state <> 'removed' THEN
        PERFORM base.raise('ZBSTA', 'The method was removed.', '/state', 'wrong_state');
    END IF;
    RETURN NEW;
END
$$;
