-- job.beat(program, worker, kinds, stale_after_s, share): a worker of this program is alive and serves these kinds. Of
-- several workers' beats within two seconds one is written. Clears the alarm of a kind that was stale.
CREATE OR REPLACE FUNCTION job.beat(program text, worker text, kinds text[], stale_after_s integer[], share integer[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE job.alarm a SET cleared_at = clock_timestamp()
     WHERE a.kind = ANY ($3) AND a.cleared_at IS NULL;
    INSERT INTO job.heartbeat AS h (kind, program, stale_after_s, share, worker)
    SELECT k.kind, $1, k.stale_after_s, k.share, $2
      FROM unnest($3, $4, $5) AS k (kind, stale_after_s, share)
     ORDER BY k.kind
    ON CONFLICT ON CONSTRAINT heartbeat_pkey DO UPDATE
       SET program = excluded.program, every_s = 0, stale_after_s = excluded.stale_after_s, share = excluded.share,
           worker = excluded.worker, beat_at = clock_timestamp(), stale_since = NULL
     WHERE h.beat_at < clock_timestamp() - interval '2 seconds' OR h.stale_since IS NOT NULL
        OR (h.program, h.stale_after_s, h.share) IS DISTINCT FROM
           (excluded.program, excluded.stale_after_s, excluded.share);
END;
$$;

GRANT EXECUTE ON FUNCTION job.beat(text, text, text[], integer[], integer[]) TO billfold_program;
