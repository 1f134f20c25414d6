-- billing.park_task_tell(task): the task of what is parked for one cause says how many there are, and names some; with the last of them it is done. Of two
-- who release at once the second counts when the first has ended.
-- requires: crm.task_tell, crm.task_settle
CREATE FUNCTION billing.park_task_tell(p_task uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_shown CONSTANT integer := 20;
    v_key text;
    v record;
BEGIN
    SELECT t.dedupe_key INTO v_key FROM crm.task t WHERE t.tenant_id = base.tenant_id() AND t.id = p_task AND t.state = 'open' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT count(*) AS n, count(DISTINCT s.account_id) AS accounts, (array_agg(s.account_id))[1] AS account_id, min(a.account_name) AS account_name,
           min(s.park_code) AS code, min(s.park_reason) AS reason, min(s.next_bill_on) AS next_bill_on
      INTO v
      FROM billing.subscription s
      JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
     WHERE s.tenant_id = base.tenant_id() AND s.park_task_id = p_task;
    IF v.n = 0 THEN
        PERFORM crm.task_settle(v_key);
        RETURN;
    END IF;
    PERFORM crm.task_tell(p_task,
        left(CASE WHEN v.n = 1 THEN format('Subscription of %s cannot be billed', v.account_name)
                  WHEN v.accounts = 1 THEN format('%s subscriptions of %s cannot be billed', v.n, v.account_name)
                  ELSE format('%s subscriptions cannot be billed: %s', v.n, v.reason) END, 200),
        CASE WHEN v.code = 'given_up'
             THEN format('What is due on %s is not billed until this is mended and the subscription is released: %s', v.next_bill_on, v.reason)
             WHEN v.n = 1 THEN format('What is due on %s is billed once this is mended; at once where the subscription is released: %s', v.next_bill_on, v.reason)
             ELSE format(E'What is due is billed once this is mended: %s\nAs soon as one of them is billed or released, all are tried. '
                      'All of them: /v1/subscriptions?park_task_id=%s', v.reason, p_task)
                  || (SELECT string_agg(format(E'\n- %s, due on %s: %s', w.account_name, w.next_bill_on, w.id), '' ORDER BY w.next_bill_on, w.id)
                        FROM (SELECT s.id, s.next_bill_on, a.account_name FROM billing.subscription s
                                JOIN crm.account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
                               WHERE s.tenant_id = base.tenant_id() AND s.park_task_id = p_task ORDER BY s.next_bill_on, s.id LIMIT v_shown) w)
                  || CASE WHEN v.n > v_shown THEN format(E'\nand %s more', v.n - v_shown) ELSE '' END END,
        CASE WHEN v.accounts = 1 THEN v.account_id END);
END
$$;

GRANT EXECUTE ON FUNCTION billing.park_task_tell(uuid) TO billfold_api, billfold_invoiced;
