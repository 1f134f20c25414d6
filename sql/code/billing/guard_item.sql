-- billing.guard_item(): what was charged on a day can be told for ever. Items of a subscription that has begun keep what they
-- say: one ends on a day (valid_to), another begins, and what has ended stays so. Items of one lineage do not overlap. One that
-- carries on nothing is the first of its lineage. Days are the account's, as those who decide on them mean.
-- requires: billing.subscription_zone
CREATE OR REPLACE FUNCTION billing.guard_item() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_moving CONSTANT text[] := '{valid_to,position}';
    v_begun boolean;
BEGIN
    SELECT s.state <> 'pending' INTO v_begun FROM billing.subscription s
     WHERE s.tenant_id = coalesce(NEW.tenant_id, OLD.tenant_id) AND s.id = coalesce(NEW.subscription_id, OLD.subscription_id);
    -- Gone with its subscription, or not begun yet.
    IF TG_OP = 'DELETE' THEN
        IF v_begun THEN
            PERFORM base.raise('ZBSTA', 'What a subscription has charged stays; an item ends on a day.', '/items', 'wrong_state');
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND v_begun THEN
        IF to_jsonb(NEW) - v_moving <> to_jsonb(OLD) - v_moving THEN
            PERFORM base.raise('ZBSTA', 'What a subscription has charged stays; a change ends an item and begins another.',
                '/items', 'wrong_state');
        END IF;
        IF OLD.valid_to IS DISTINCT FROM NEW.valid_to AND OLD.valid_to <= base.business_today(billing.subscription_zone(NEW.subscription_id)) THEN
            PERFORM base.raise('ZBSTA', 'An item that has ended stays so.', '/items', 'wrong_state');
        END IF;
    END IF;
    NEW.lineage := coalesce(NEW.lineage, NEW.id);
    IF EXISTS (SELECT FROM billing.subscription_item i
                WHERE i.tenant_id = NEW.tenant_id AND i.subscription_id = NEW.subscription_id AND i.lineage = NEW.lineage
                  AND i.id <> NEW.id
                  AND daterange(i.valid_from, i.valid_to) && daterange(NEW.valid_from, NEW.valid_to)) THEN
        PERFORM base.raise('ZB422', 'Two items of one lineage would be charged on one day.', '/items', 'overlap');
    END IF;
    RETURN NEW;
END
$$;

-- Named to come before the stamp.
CREATE OR REPLACE TRIGGER guard_change BEFORE INSERT OR UPDATE OR DELETE ON billing.subscription_item
    FOR EACH ROW EXECUTE FUNCTION billing.guard_item();
