-- billing.final_tell(documents, also): the events of documents that have just become final, as they are after it. also: what has happened
-- to them in the same moment. What was paid in advance has settled some of them at once; what gives back was never due.
-- requires: job.emit, job.emit_also, billing.settlement
CREATE FUNCTION billing.final_tell(p_invoices billing.invoice[], p_also text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v billing.invoice;
BEGIN
    PERFORM job.emit_also('invoice.finalized', p_also, 'invoice', array_agg(i.id), array_agg(i.version), array_agg(i.account_id),
               array_agg(billing.settlement(i, 0) - 'amount'
                   || jsonb_build_object('issue_date', i.issue_date, 'due_date', i.due_date)))
       FROM unnest(p_invoices) i HAVING count(*) > 0;
    FOR v IN SELECT * FROM unnest(p_invoices) i WHERE i.status <> 'open' AND i.payable >= 0 LOOP
        PERFORM job.emit('invoice.' || v.status, 'invoice', v.id, billing.settlement(v, v.paid), v.version);
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION billing.final_tell(billing.invoice[], text[]) TO billfold_api, billfold_invoiced;
