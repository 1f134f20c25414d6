-- billing.purge_hold(subscription, asked): a subscription that has ended, held, whose archiving has (not) been asked for. ZB404, ZBSTA.
CREATE FUNCTION billing.purge_hold(p_id uuid, p_asked boolean) RETURNS billing.subscription
LANGUAGE plpgsql AS $$
DECLARE
    v billing.subscription;
BEGIN
    SELECT * INTO v FROM billing.subscription s WHERE s.tenant_id = base.tenant_id() AND s.id = p_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        PERFORM base.raise('ZB404', 'No such subscription.');
    ELSIF v.archived_at IS NOT NULL THEN
        PERFORM base.raise('ZBSTA', 'The subscription is archived.', '/archived_at', 'wrong_state');
    ELSIF v.state NOT IN ('ended', 'cancelled') THEN
        PERFORM base.raise('ZBSTA', format('A subscription that is %s is not archived: it ends first.', v.state), '/state', 'wrong_state');
    ELSIF (v.purge_asked_at IS NOT NULL) <> p_asked THEN
        PERFORM base.raise('ZBSTA', CASE WHEN p_asked THEN 'Nobody has asked for it to be archived.'
            ELSE 'It has been asked for already.' END, '/purge_asked_at', 'wrong_state');
    END IF;
    RETURN v;
END
$$;

GRANT EXECUTE ON FUNCTION billing.purge_hold(uuid, boolean) TO billfold_api, billfold_invoiced;
