-- billing.is_overdue(invoice): something is due and the due date has passed, in the billing time zone that the document
-- was finalized in. Of one expression, so that it becomes part of the statement that asks.
CREATE FUNCTION billing.is_overdue(i billing.invoice) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (i).status IN ('open', 'partially_paid') AND (i).amount_due > 0
       AND (i).due_date < base.business_today(coalesce((i).payer ->> 'time_zone', (i).seller ->> 'time_zone'))
$$;

GRANT EXECUTE ON FUNCTION billing.is_overdue(billing.invoice) TO billfold_program;
