-- payment.check_unknown(): charges and refunds of which nobody knows whether they happened, for more than ten minutes; no row
-- when there is none. The processor is asked by itself; while it does not answer, the invoice takes no other attempt and the
-- payment no other refund. A page on which somebody may pay is open for an hour, a bank takes up to 14 business days for a
-- debit: those are no findings. A refund that the processor has may take days; that is no finding.
CREATE FUNCTION payment.check_unknown() RETURNS TABLE (tenant_id uuid, table_name text, id text, finding text)
LANGUAGE sql STABLE
AS $$
    SELECT a.tenant_id, 'payment.attempt', a.id::text,
           format('%s of %s %s by %s since %s', a.state, a.amount, a.currency, a.processor, coalesce(a.sent_at, a.created_at))
      FROM payment.attempt a
     WHERE a.state IN ('in_flight', 'unknown') AND coalesce(a.sent_at, a.created_at) < clock_timestamp() - interval '10 minutes'
       AND (a.state = 'unknown' OR clock_timestamp() > CASE WHEN a.processing_at IS NOT NULL THEN a.processing_at + interval '21 days'
            WHEN a.page_ref IS NOT NULL THEN a.sent_at + interval '2 hours' ELSE a.created_at END)
    UNION ALL
    SELECT r.tenant_id, 'payment.refund', r.id::text,
           format('%s of %s %s by %s since %s', r.state, r.amount, r.currency, r.processor, r.unknown_at)
      FROM payment.refund r
     WHERE r.state = 'unknown' AND r.unknown_at < clock_timestamp() - interval '10 minutes'
$$;

COMMENT ON FUNCTION payment.check_unknown() IS 'the outcome of every charge and refund is known
see whether the processor answers and billfold-paymentd runs; never charge or refund such a one by hand before';
