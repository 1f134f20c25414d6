-- billing.guard_invoice(): what holds of an invoice whoever writes. Once it has a number its content is frozen and it
-- cannot be deleted; status moves only as src/billing/status.c says. What may move on a final document:
-- status, what settles it, delivery, dispute, the internal memo, custom fields.
CREATE OR REPLACE FUNCTION billing.guard_invoice() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM base.raise('ZBFIN', 'A final document cannot be deleted.');
        RETURN NULL;
    END IF;
    IF NEW.status <> OLD.status AND NOT (CASE OLD.status
        WHEN 'draft' THEN NEW.status IN ('pending_approval', 'open', 'partially_paid', 'paid')
        WHEN 'pending_approval' THEN NEW.status IN ('draft', 'open', 'partially_paid', 'paid')
        WHEN 'open' THEN NEW.status IN ('partially_paid', 'paid', 'uncollectible', 'void')
        WHEN 'partially_paid' THEN NEW.status IN ('open', 'paid', 'uncollectible')
        WHEN 'paid' THEN NEW.status IN ('open', 'partially_paid', 'void')
        WHEN 'uncollectible' THEN NEW.status IN ('paid')
        ELSE false END) THEN
        PERFORM base.raise('ZBSTA', format('An invoice that is %s cannot become %s.', OLD.status, NEW.status));
    END IF;
    IF OLD.number IS NULL THEN
        RETURN NEW;
    END IF;
    IF (NEW.tenant_id, NEW.id, NEW.created_at, NEW.kind, NEW.account_id, NEW.entity_id, NEW.deal_id,
        NEW.subscription_id, NEW.period_start, NEW.period_end, NEW.original_invoice_id, NEW.reason, NEW.settle, NEW.location_id, NEW.owner_id, NEW.author, NEW.origin, NEW.number, NEW.series_id,
        NEW.series_period, NEW.series_no, NEW.issue_date, NEW.due_date, NEW.supply_date, NEW.currency, NEW.exponent,
        NEW.exchange_rate, NEW.po_number, NEW.payment_terms, NEW.invoice_address, NEW.tax_mode, NEW.tax_inclusive,
        NEW.discount_percent, NEW.discount_amount, NEW.cash_rounding, NEW.subtotal, NEW.discount_total,
        NEW.net_total, NEW.tax_total, NEW.total, NEW.rounding, NEW.payable, NEW.seller, NEW.payer, NEW.ship_to,
        NEW.contact, NEW.finalized_at, NEW.rederived_at, NEW.notes)
       IS DISTINCT FROM
       (OLD.tenant_id, OLD.id, OLD.created_at, OLD.kind, OLD.account_id, OLD.entity_id, OLD.deal_id,
        OLD.subscription_id, OLD.period_start, OLD.period_end, OLD.original_invoice_id, OLD.reason, OLD.settle, OLD.location_id, OLD.owner_id, OLD.author, OLD.origin, OLD.number, OLD.series_id,
        OLD.series_period, OLD.series_no, OLD.issue_date, OLD.due_date, OLD.supply_date, OLD.currency, OLD.exponent,
        OLD.exchange_rate, OLD.po_number, OLD.payment_terms, OLD.invoice_address, OLD.tax_mode, OLD.tax_inclusive,
        OLD.discount_percent, OLD.discount_amount, OLD.cash_rounding, OLD.subtotal, OLD.discount_total,
        OLD.net_total, OLD.tax_total, OLD.total, OLD.rounding, OLD.payable, OLD.seller, OLD.payer, OLD.ship_to,
        OLD.contact, OLD.finalized_at, OLD.rederived_at, OLD.notes)
       -- A contact that is deleted leaves its snapshot behind.
       OR (NEW.contact_id IS NOT NULL AND NEW.contact_id IS DISTINCT FROM OLD.contact_id)
       OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS NULL)
       OR (OLD.reminded_at IS NOT NULL AND NEW.reminded_at IS NULL)
       OR (OLD.voided_at IS NOT NULL AND NEW.voided_at IS DISTINCT FROM OLD.voided_at) THEN
        PERFORM base.raise('ZBFIN', format('Invoice %s is final.', OLD.number));
    END IF;
    RETURN NEW;
END
$$;
