-- payment.refund_undo_facts(refund): what putting a failed refund back is decided on. One row at least: its state, and each invoice that
-- it was taken from is a row, with what was taken and what is due on it now; 0 where it takes nothing any more.
CREATE OR REPLACE FUNCTION payment.refund_undo_facts(p_refund uuid)
RETURNS TABLE (state text, payment_id uuid, amount bigint, invoice_id uuid, taken bigint, amount_due bigint)
LANGUAGE sql STABLE AS $$
    SELECT r.state, r.payment_id, r.amount, t.invoice_id, t.taken,
           CASE WHEN i.status IN ('open', 'partially_paid') THEN i.amount_due ELSE 0 END
      FROM payment.refund r
      LEFT JOIN LATERAL (SELECT a.invoice_id, -sum(a.amount)::bigint AS taken FROM payment.allocation a
            WHERE a.tenant_id = r.tenant_id AND a.refund_id = r.id GROUP BY a.invoice_id) t ON true
      LEFT JOIN billing.invoice i ON i.tenant_id = r.tenant_id AND i.id = t.invoice_id
     WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund
     ORDER BY i.due_date, i.id
$$;

GRANT EXECUTE ON FUNCTION payment.refund_undo_facts(uuid) TO billfold_paymentd;
