-- auth.raise_epoch(): row trigger of users and clients: whatever changes who they are or what they may
-- do raises their epoch, and with it ends their sessions and tokens, whoever made the change.
CREATE OR REPLACE FUNCTION auth.raise_epoch() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_TABLE_NAME = 'app_user' THEN
        IF NEW.password_hash IS DISTINCT FROM OLD.password_hash OR NEW.role_id <> OLD.role_id
           OR NEW.state <> OLD.state OR NEW.mfa_secret_sealed IS DISTINCT FROM OLD.mfa_secret_sealed
           OR NEW.archived_at IS DISTINCT FROM OLD.archived_at THEN
            NEW.epoch := OLD.epoch + 1;
        END IF;
        IF NEW.password_hash IS DISTINCT FROM OLD.password_hash THEN
            NEW.password_changed_at := clock_timestamp();
        END IF;
    ELSIF NEW.secret_hash <> OLD.secret_hash OR NEW.role_id <> OLD.role_id OR NEW.scopes <> OLD.scopes
          OR NEW.state <> OLD.state OR NEW.archived_at IS DISTINCT FROM OLD.archived_at THEN
        NEW.epoch := OLD.epoch + 1;
    END IF;
    IF NEW.epoch < OLD.epoch THEN
        NEW.epoch := OLD.epoch;
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER raise_epoch BEFORE UPDATE ON auth.app_user
    FOR EACH ROW EXECUTE FUNCTION auth.raise_epoch();
CREATE OR REPLACE TRIGGER raise_epoch BEFORE UPDATE ON auth.client
    FOR EACH ROW EXECUTE FUNCTION auth.raise_epoch();
