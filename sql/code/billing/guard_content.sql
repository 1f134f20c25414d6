-- billing.guard_content(): lines and taxes of a final document neither come, change nor go.
CREATE OR REPLACE FUNCTION billing.guard_content() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM billing.invoice i
                WHERE (i.tenant_id, i.id) IN (SELECT c.tenant_id, c.invoice_id FROM changed c)
                  AND i.number IS NOT NULL) THEN
        PERFORM base.raise('ZBFIN', 'The lines of a final document are final.');
    END IF;
    RETURN NULL;
END
$$;
