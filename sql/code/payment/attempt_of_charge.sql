-- payment.attempt_of_charge(processor, subject, charge_ref): the attempt of an account that an event is about: by our own id in
-- it, else by the processor's id of the charge. NULL: none that we know.
CREATE FUNCTION payment.attempt_of_charge(p_processor uuid, p_subject uuid, p_charge_ref text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT a.id FROM payment.attempt a
          WHERE a.tenant_id = base.tenant_id() AND a.id = p_subject AND a.processor_id = p_processor),
        (SELECT a.id FROM payment.attempt a
          WHERE a.tenant_id = base.tenant_id() AND a.processor_ref = p_charge_ref AND a.processor_id = p_processor
          ORDER BY a.id LIMIT 1))
$$;

GRANT EXECUTE ON FUNCTION payment.attempt_of_charge(uuid, uuid, text) TO billfold_paymentd;
