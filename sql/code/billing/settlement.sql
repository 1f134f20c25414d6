-- billing.settlement(invoice, amount): what an event says of an invoice that amount was just paid on: the invoice as it is after.
CREATE OR REPLACE FUNCTION billing.settlement(p_invoice billing.invoice, p_amount bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('number', p_invoice.number, 'account_id', p_invoice.account_id, 'deal_id', p_invoice.deal_id,
        'currency', p_invoice.currency, 'total', p_invoice.total, 'amount', p_amount, 'paid', p_invoice.paid,
        'amount_due', p_invoice.amount_due, 'status', p_invoice.status)
$$;

GRANT EXECUTE ON FUNCTION billing.settlement(billing.invoice, bigint) TO billfold_program;
