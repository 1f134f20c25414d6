-- base.instant(t): an instant as every answer writes it: RFC 3339 in UTC, six digits of a second, Z. What JSON makes of
-- a timestamptz by itself has the offset of the session's zone.
CREATE OR REPLACE FUNCTION base.instant(t timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT to_char($1 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

GRANT EXECUTE ON FUNCTION base.instant(timestamptz) TO billfold_program;
