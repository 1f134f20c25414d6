-- A job is open until it is finished, and says when: what claims and counts jobs may go by finished_at alone (job.claim does,
-- for the sake of its plan), and a row that said otherwise would be done again, or never.

ALTER TABLE job.job ADD CONSTRAINT job_finished_check CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL));
