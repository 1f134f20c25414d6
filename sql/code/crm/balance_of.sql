-- crm.balance_of(account, children): what an account owes, or with children what all accounts from it down owe together.
-- NULL: no such account.
-- requires: crm.account_set, crm.account_balance
CREATE OR REPLACE FUNCTION crm.balance_of(p_account uuid, p_children boolean) RETURNS json
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('object', 'account_balance', 'account_id', p_account, 'accounts', cardinality(s.accounts),
        'balances', (SELECT coalesce(json_agg(b ORDER BY b.currency), '[]')
            FROM crm.account_balance(base.tenant_id(), s.accounts) b))
      FROM (SELECT crm.account_set(p_account, p_children) AS accounts) s
     WHERE cardinality(s.accounts) > 0
$$;

GRANT EXECUTE ON FUNCTION crm.balance_of(uuid, boolean) TO billfold_program;
