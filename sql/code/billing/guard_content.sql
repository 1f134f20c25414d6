-- billing.guard_content(): lines and taxes of a final document neither come, change nor go. Document by document through
-- the key: a plan that is kept from a set of thousands, or from an empty table, must not look at all that there are.
CREATE OR REPLACE FUNCTION billing.guard_content() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT c.tenant_id, c.invoice_id FROM changed c) w
                CROSS JOIN LATERAL (SELECT i.number FROM billing.invoice i
                      WHERE i.tenant_id = w.tenant_id AND i.id = w.invoice_id OFFSET 0) i
                WHERE i.number IS NOT NULL) THEN
        PERFORM base.raise('ZBFIN', 'The lines of a final document are final.');
    END IF;
    RETURN NULL;
END
$$;
