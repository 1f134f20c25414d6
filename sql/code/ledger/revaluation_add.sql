-- ledger.revaluation_add(...): a revaluation, made once an entity and day: its entries follow in the same transaction, by the caller, who
-- holds the entity (ledger.revaluation_hold).
-- requires: job.emit
CREATE FUNCTION ledger.revaluation_add(p_id uuid, p_entity uuid, p_day date, p_bank boolean, p_print text, p_difference bigint, p_currencies jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger.revaluation (id, entity_id, revalued_on, include_bank, print, difference, currencies)
    VALUES (p_id, p_entity, p_day, p_bank, p_print, p_difference, p_currencies);
    PERFORM job.emit('revaluation.created', 'revaluation', p_id, jsonb_build_object('entity_id', p_entity, 'revalued_on', p_day,
        'difference', p_difference), 1);
END
$$;

GRANT EXECUTE ON FUNCTION ledger.revaluation_add(uuid, uuid, date, boolean, text, bigint, jsonb) TO billfold_api;
