-- base.new_id(): a UUIDv7 (RFC 9562) for rows that SQL itself makes: audit rows, a new tenant's roles.
-- 48 bits of milliseconds, the rest random; ids of resources are made by the programs.
-- phase: kernel
CREATE OR REPLACE FUNCTION base.new_id() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

GRANT EXECUTE ON FUNCTION base.new_id() TO billfold_program, billfold_audit;
