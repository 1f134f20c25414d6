-- billing.drafts_of(account, locations): the drafts of a payer, and those that are supplied to one of these locations. Every change of
-- an account asks: PL/pgSQL, which keeps its plan.
CREATE FUNCTION billing.drafts_of(p_account uuid, p_locations uuid[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT i.id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.account_id = p_account AND i.status IN ('draft', 'pending_approval')
        UNION
        SELECT i.id FROM billing.invoice i
         WHERE i.tenant_id = base.tenant_id() AND i.location_id = ANY (p_locations)
           AND i.status IN ('draft', 'pending_approval'));
END
$$;

GRANT EXECUTE ON FUNCTION billing.drafts_of(uuid, uuid[]) TO billfold_program;
