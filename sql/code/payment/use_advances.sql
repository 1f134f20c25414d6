-- payment.use_advances(payers, read, left, uses, journal): drafts that are about to be final use what their payers have paid in advance,
-- as decided on what was read: read payments with what was left of each. Where a payment has come or gone since,
-- nothing happens and the caller decides anew (ZB409). Called before the drafts are locked, so that payers are held
-- first; the drafts' own amounts are billing.finalize's to write, in the same transaction. An entry a use.
-- requires: payment.hold, payment.advances, payment.use, ledger.post
CREATE OR REPLACE FUNCTION payment.use_advances(p_payers uuid[], p_read uuid[], p_left bigint[], p_payments uuid[],
    p_documents uuid[], p_amounts bigint[], p_days date[], p_entries uuid[], p_entities uuid[], l_entry uuid[],
    l_account text[], l_customer uuid[], l_debit bigint[], l_credit bigint[], l_currency text[], l_base_debit bigint[],
    l_base_credit bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    n integer := cardinality(p_payments);
BEGIN
    PERFORM payment.hold(p_payers);
    IF EXISTS (SELECT FROM payment.advances(p_payers) a
                 FULL JOIN unnest(p_read, p_left) AS r (id, unapplied) ON r.id = a.id AND r.unapplied = a.unapplied
                WHERE a.id IS NULL OR r.id IS NULL) THEN
        PERFORM base.raise('ZB409', 'What the account has paid in advance has changed meanwhile.');
    END IF;
    IF n = 0 THEN
        RETURN;
    END IF;
    INSERT INTO payment.allocation (id, payment_id, invoice_id, amount, applied_on)
    SELECT base.new_id(), u.payment, u.document, u.amount, u.day
      FROM unnest(p_payments, p_documents, p_amounts, p_days) AS u (payment, document, amount, day);
    PERFORM payment.use(p_payments, p_documents, p_amounts);
    PERFORM ledger.post(p_entries, p_entities, array_fill('payment'::text, ARRAY[n]), p_payments,
        array_fill('applied'::text, ARRAY[n]), p_days, array_fill(NULL::text, ARRAY[n]), l_entry, l_account, l_customer,
        l_debit, l_credit, l_currency, l_base_debit, l_base_credit);
END
$$;

GRANT EXECUTE ON FUNCTION payment.use_advances(uuid[], uuid[], bigint[], uuid[], uuid[], bigint[], date[], uuid[], uuid[],
    uuid[], text[], uuid[], bigint[], bigint[], text[], bigint[], bigint[]) TO billfold_api, billfold_invoiced;
