-- crm.contact_moves(contact, account): said before a contact goes to another account: the contact's event says whence and
-- whither, and so do the events of both accounts, so that each one's history tells it. Documents stay where they
-- are. Nothing happens where it is that account's already.
-- requires: job.emit
CREATE OR REPLACE FUNCTION crm.contact_moves(p_id uuid, p_account uuid) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_said jsonb;
BEGIN
    -- The versions that the move will give: a row that this transaction has moved already keeps its own.
    SELECT c.*, c.version + (c.xmin <> pg_current_xact_id()::xid)::integer AS next INTO v FROM crm.contact c WHERE c.tenant_id = base.tenant_id() AND c.id = p_id;
    IF NOT FOUND OR v.account_id = p_account THEN
        RETURN;
    END IF;
    v_said := jsonb_build_object('contact_id', p_id, 'name', v.name, 'from_account_id', v.account_id,
        'to_account_id', p_account);
    PERFORM job.emit('contact.moved', 'contact', p_id, v_said, v.next, p_account);
    PERFORM job.emit('account.updated', 'account', a.id,
               jsonb_build_object(CASE a.id WHEN p_account THEN 'contact_joined' ELSE 'contact_left' END, v_said),
               a.version + (a.xmin <> pg_current_xact_id()::xid)::integer)
       FROM crm.account a
      WHERE a.tenant_id = base.tenant_id() AND a.id IN (v.account_id, p_account);
END
$$;

GRANT EXECUTE ON FUNCTION crm.contact_moves(uuid, uuid) TO billfold_program;
