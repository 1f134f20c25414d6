-- payment.invariant_allocations(): what is wrong with money that was used; no row when all is well. A payment's
-- allocations, what is unapplied, refunded and charged back come to its amount, its refunds and lost disputes to that, an invoice's
-- allocations to what it says is paid, what it says is under way to its attempt that a bank has; money pays final documents of its own payer, seller and currency.
CREATE FUNCTION payment.invariant_allocations() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT p.tenant_id, 'payment.payment', p.id::text,
           format('amount %s, unapplied %s, refunded %s, charged back %s, allocated %s', p.amount, p.unapplied, p.refunded, p.charged_back,
                  coalesce(a.amount, 0))
      FROM payment.payment p
      LEFT JOIN (SELECT a.tenant_id, a.payment_id, sum(a.amount) AS amount FROM payment.allocation a GROUP BY 1, 2) a
        ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
     WHERE p.amount <> p.unapplied + p.refunded + p.charged_back + coalesce(a.amount, 0) OR p.unapplied < 0
    UNION ALL
    SELECT p.tenant_id, 'payment.payment', p.id::text, format('refunded %s, by its refunds %s', p.refunded, coalesce(r.amount, 0))
      FROM payment.payment p
      LEFT JOIN (SELECT r.tenant_id, r.payment_id, sum(r.amount) AS amount FROM payment.refund r
                  WHERE r.state <> 'failed' GROUP BY 1, 2) r ON r.tenant_id = p.tenant_id AND r.payment_id = p.id
     WHERE p.refunded <> coalesce(r.amount, 0)
    UNION ALL
    SELECT p.tenant_id, 'payment.payment', p.id::text, format('charged back %s, by its disputes %s', p.charged_back, coalesce(d.amount, 0))
      FROM payment.payment p
      LEFT JOIN (SELECT d.tenant_id, d.payment_id, sum(d.taken) AS amount FROM payment.dispute d GROUP BY 1, 2) d
        ON d.tenant_id = p.tenant_id AND d.payment_id = p.id
     WHERE p.charged_back <> coalesce(d.amount, 0)
    UNION ALL
    SELECT a.tenant_id, 'payment.payment', a.payment_id::text, format('%s of it is used on invoice %s', sum(a.amount), a.invoice_id)
      FROM payment.allocation a GROUP BY a.tenant_id, a.payment_id, a.invoice_id HAVING sum(a.amount) < 0
    UNION ALL
    SELECT r.tenant_id, 'payment.refund', r.id::text, format('of a payment of account %s in %s to account %s in %s', p.account_id,
           p.currency, r.account_id, r.currency)
      FROM payment.refund r
      JOIN payment.payment p ON p.tenant_id = r.tenant_id AND p.id = r.payment_id
     WHERE (p.account_id, p.currency) <> (r.account_id, r.currency)
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('paid %s, allocated %s', i.paid, coalesce(a.amount, 0))
      FROM billing.invoice i
      LEFT JOIN (SELECT a.tenant_id, a.invoice_id, sum(a.amount) AS amount FROM payment.allocation a GROUP BY 1, 2) a
        ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id
     WHERE i.paid <> coalesce(a.amount, 0)
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('payable %s, credited %s, paid %s, written off %s, due %s', i.payable,
           i.credited, i.paid, i.written_off, i.amount_due)
      FROM billing.invoice i
     WHERE i.amount_due < 0 OR i.amount_due <> CASE WHEN i.status = 'void' OR i.payable < 0 THEN 0
           ELSE i.payable - i.credited - i.paid - i.written_off END
    UNION ALL
    SELECT i.tenant_id, 'billing.invoice', i.id::text, format('%s under way, by its attempts %s', i.amount_processing, coalesce(a.amount, 0))
      FROM billing.invoice i
      LEFT JOIN payment.attempt a ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id AND a.state IN ('new', 'in_flight', 'unknown')
       AND a.processing_at IS NOT NULL
     WHERE i.amount_processing <> coalesce(a.amount, 0)
    UNION ALL
    SELECT a.tenant_id, 'payment.allocation', a.id::text,
           format('of a payment of account %s in %s to a %s invoice of account %s in %s', p.account_id, p.currency, i.status,
                  i.account_id, i.currency)
      FROM payment.allocation a
      JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
      JOIN billing.invoice i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
     WHERE p.currency <> i.currency OR p.entity_id <> i.entity_id OR p.account_id <> i.account_id
        OR i.status IN ('draft', 'pending_approval') OR (i.status = 'void' AND i.paid <> 0)
$$;

COMMENT ON FUNCTION payment.invariant_allocations() IS 'I6 no payment is used for more than it is, and every invoice''s rest is what is due';
