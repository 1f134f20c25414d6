-- ledger.guard_append(): the journal is append only; an entry is corrected by another entry.
CREATE OR REPLACE FUNCTION ledger.guard_append() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM base.raise('ZBFIN', 'Journal entries are final.');
    RETURN NULL;
END
$$;
