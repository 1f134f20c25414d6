-- billing.guard_credit(): whoever writes, at the end of the transaction what a document says is credited is what its final
-- credit notes come to, and no line has given back more than it charged. It looks at the document itself and at those that
-- it gives back of; they are locked, so that of two at once the second sees the first.
-- requires: billing.originals, billing.line_credits
CREATE OR REPLACE FUNCTION billing.guard_credit() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_ids uuid[] := billing.originals(ARRAY[NEW.id]) || NEW.id;
BEGIN
    PERFORM 1 FROM billing.invoice i WHERE i.tenant_id = NEW.tenant_id AND i.id = ANY (v_ids) ORDER BY i.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM billing.invoice o
         WHERE o.tenant_id = NEW.tenant_id AND o.id = ANY (v_ids)
           AND o.credited <> (SELECT coalesce(-sum(c.payable), 0) FROM billing.invoice c
                WHERE c.tenant_id = o.tenant_id AND c.original_invoice_id = o.id AND c.kind = 'credit'
                  AND c.number IS NOT NULL AND c.status <> 'void'))
    THEN
        PERFORM base.raise('ZBALL', 'An invoice is credited by more or less than its credit notes.');
    END IF;
    IF EXISTS (
        SELECT FROM unnest(v_ids) AS w (id)
         CROSS JOIN LATERAL billing.line_credits(w.id) k
          JOIN billing.invoice_line l ON l.tenant_id = NEW.tenant_id AND l.invoice_id = w.id AND l.id = k.line_id
         WHERE sign(k.net) * sign(l.net) < 0 OR abs(k.net) > abs(l.net) OR (k.exact AND (abs(k.tax) > abs(l.tax) OR sign(k.tax) * sign(l.tax) < 0))
            OR k.quantity > abs(l.quantity))
    THEN
        PERFORM base.raise('ZBCRE', 'More would be credited than a line has charged.');
    END IF;
    RETURN NULL;
END
$$;
