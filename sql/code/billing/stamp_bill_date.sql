-- billing.stamp_bill_date(): no bill date lies on or after the day from which a subscription pauses or ends, or at the end of a term that has not
-- been renewed yet: there it stands still until that day has been dealt with, whoever moves it. What is not billed yet is kept for who
-- takes that day back.
CREATE OR REPLACE FUNCTION billing.stamp_bill_date() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.unbilled_on := NEW.next_bill_on;
    IF NEW.next_bill_on >= least(NEW.paused_on, NEW.end_date, NEW.term_end) THEN
        NEW.next_bill_on := NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE TRIGGER bill_date BEFORE INSERT OR UPDATE ON billing.subscription
    FOR EACH ROW WHEN (NEW.next_bill_on IS NOT NULL) EXECUTE FUNCTION billing.stamp_bill_date();
