-- payment.charge_facts(attempt): a charge of ours that a processor tells more about: its payment (NULL: none has come of it, or not yet:
-- is_open) and the day of what is booked of it now.
-- requires: base.business_today, ledger.open_day
CREATE OR REPLACE FUNCTION payment.charge_facts(p_attempt uuid)
RETURNS TABLE (payment_id uuid, account_id uuid, entity_id uuid, currency text, exponent smallint, charge_ref text, is_open boolean,
    refunding boolean, today date, invoice_id uuid, amount bigint)
LANGUAGE sql STABLE AS $$
    SELECT p.id, a.account_id, p.entity_id, a.currency, u.exponent, a.processor_ref, a.state IN ('new', 'in_flight', 'unknown'),
           EXISTS (SELECT FROM payment.refund r WHERE r.tenant_id = p.tenant_id AND r.payment_id = p.id
                AND r.state IN ('new', 'in_flight', 'unknown')),
           greatest(ledger.open_day(p.entity_id, base.business_today(coalesce(k.time_zone, e.time_zone))), p.received_on,
                (SELECT max(l.applied_on) FROM payment.allocation l WHERE l.tenant_id = p.tenant_id AND l.payment_id = p.id)),
           a.invoice_id, a.amount
      FROM payment.attempt a
      JOIN base.currency u ON u.code = a.currency
      JOIN crm.account k ON k.tenant_id = a.tenant_id AND k.id = a.account_id
      LEFT JOIN payment.payment p ON p.tenant_id = a.tenant_id AND p.attempt_id = a.id
      LEFT JOIN tenant.entity e ON e.tenant_id = p.tenant_id AND e.id = p.entity_id
     WHERE a.tenant_id = base.tenant_id() AND a.id = p_attempt
$$;

GRANT EXECUTE ON FUNCTION payment.charge_facts(uuid) TO billfold_paymentd;
