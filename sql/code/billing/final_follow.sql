-- billing.final_follow(documents): what follows of documents that become final in this transaction, whichever way: their PDF, a task where an
-- exemption had ended, the status of their deals, reminders of those that ask for something.
-- requires: job.enqueue_all, crm.task_raise, billing.deal_follow, collect.follow
CREATE FUNCTION billing.final_follow(p_id uuid[], p_account uuid[], p_owner uuid[], p_deal uuid[], p_status text[],
    p_expired boolean[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM job.enqueue_all('render_pdf', array_agg('invoice:' || w.id), array_agg(jsonb_build_object('invoice_id', w.id)))
       FROM unnest(p_id) AS w (id);
    IF true = ANY (p_expired) THEN
        PERFORM crm.task_raise(base.new_id(), 'exemption:' || w.account, 'tax_exemption', 'Tax exemption has expired',
                   'An invoice was made with tax because the exemption certificate is no longer valid.',
                   base.business_today(), w.owner, w.account, w.deal, w.id)
           FROM unnest(p_id, p_account, p_owner, p_expired, p_deal) AS w (id, account, owner, expired, deal)
          WHERE w.expired;
    END IF;
    IF cardinality(array_remove(p_deal, NULL)) > 0 THEN
        PERFORM billing.deal_follow(p_deal, p_id, p_status);
    END IF;
    PERFORM collect.follow(array_agg(w.id)) FROM unnest(p_id, p_status) AS w (id, status)
      WHERE w.status IN ('open', 'partially_paid') HAVING count(*) > 0;
END
$$;

GRANT EXECUTE ON FUNCTION billing.final_follow(uuid[], uuid[], uuid[], uuid[], text[], boolean[]) TO billfold_api, billfold_invoiced;
