-- payment.guard_allocation(): whoever writes, at the end of the transaction a payment's allocations, what is
-- unapplied, refunded and charged back come to its amount, and an invoice's allocations to what it says is paid. Deferred, because
-- they are written by several statements; it hangs on allocations, payments and invoices.
CREATE OR REPLACE FUNCTION payment.guard_allocation() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_row jsonb := to_jsonb(NEW);
    v_payment uuid := (CASE TG_TABLE_NAME WHEN 'allocation' THEN v_row ->> 'payment_id' WHEN 'payment' THEN v_row ->> 'id' END)::uuid;
    v_invoice uuid := (CASE TG_TABLE_NAME WHEN 'allocation' THEN v_row ->> 'invoice_id' WHEN 'invoice' THEN v_row ->> 'id' END)::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM payment.payment p
         WHERE p.tenant_id = NEW.tenant_id AND p.id = v_payment
           AND p.amount <> p.unapplied + p.refunded + p.charged_back + (SELECT coalesce(sum(a.amount), 0) FROM payment.allocation a
                   WHERE a.tenant_id = p.tenant_id AND a.payment_id = p.id))
    THEN
        PERFORM base.raise('ZBALL', 'A payment is used for more or less than it says.');
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing.invoice i
         WHERE i.tenant_id = NEW.tenant_id AND i.id = v_invoice
           AND i.paid <> (SELECT coalesce(sum(a.amount), 0) FROM payment.allocation a
                   WHERE a.tenant_id = i.tenant_id AND a.invoice_id = i.id))
    THEN
        PERFORM base.raise('ZBALL', 'An invoice is paid by more or less than its allocations.');
    END IF;
    RETURN NULL;
END
$$;
