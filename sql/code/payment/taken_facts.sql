-- payment.taken_facts(refund, dispute): what putting back is decided on that a refund, or a bank by a dispute, had taken of a payment. One row at
-- least: the state of the one that is named, and each invoice that it took from is a row, with what was taken and what is due on
-- it now; 0 where it takes nothing any more.
CREATE FUNCTION payment.taken_facts(p_refund uuid, p_dispute uuid)
RETURNS TABLE (state text, invoice_id uuid, taken bigint, amount_due bigint)
LANGUAGE sql STABLE AS $$
    SELECT h.state, t.invoice_id, t.taken, CASE WHEN i.status IN ('open', 'partially_paid') THEN i.amount_due ELSE 0 END
      FROM (SELECT r.state FROM payment.refund r WHERE r.tenant_id = base.tenant_id() AND r.id = p_refund
            UNION ALL
            SELECT d.state FROM payment.dispute d WHERE d.tenant_id = base.tenant_id() AND d.id = p_dispute) h
      LEFT JOIN LATERAL (SELECT a.invoice_id, -sum(a.amount)::bigint AS taken FROM payment.allocation a
            WHERE a.tenant_id = base.tenant_id() AND (a.refund_id = p_refund OR a.dispute_id = p_dispute)
            GROUP BY a.invoice_id) t ON true
      LEFT JOIN billing.invoice i ON i.tenant_id = base.tenant_id() AND i.id = t.invoice_id
     ORDER BY i.due_date, i.id
$$;

GRANT EXECUTE ON FUNCTION payment.taken_facts(uuid, uuid) TO billfold_paymentd;
