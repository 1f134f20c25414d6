-- auth.invite(user_id): asks the mail worker for an invitation's link. Raises ZBSTA for a user who is no longer
-- invited.
-- requires: job.enqueue
CREATE OR REPLACE FUNCTION auth.invite(user_id uuid) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM auth.app_user u WHERE u.tenant_id = base.tenant_id() AND u.id = $1 AND u.state = 'invited';
    IF NOT FOUND THEN
        PERFORM base.raise('ZBSTA', 'The user has accepted an invitation already.');
    END IF;
    PERFORM job.enqueue('send_link', 'invite:' || base.new_id()::text,
                        jsonb_build_object('user_id', $1, 'purpose', 'invite'));
END;
$$;

GRANT EXECUTE ON FUNCTION auth.invite(uuid) TO billfold_api, billfold_admin;
