-- ledger.open_day(entity, day): this day, or the first on which the entity's books are open: what has happened already is booked, and far in
-- the west a day still goes on that is closed by the tenant's clock.
CREATE FUNCTION ledger.open_day(p_entity uuid, p_day date) RETURNS date
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT greatest(p_day, (SELECT k.locked_through + 1 FROM ledger.period k
                                 WHERE k.tenant_id = base.tenant_id() AND k.entity_id = p_entity)));
END
$$;

GRANT EXECUTE ON FUNCTION ledger.open_day(uuid, date) TO billfold_program;
