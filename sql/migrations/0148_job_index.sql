-- A partial index that was empty when it was analyzed seems to cost nothing, and a queue mostly is. So each state has its own,
-- which no search for the other can be planned by: workers' leases were counted by reading all that waited.

DROP INDEX job.job_due_door, job.job_leased_door;
CREATE INDEX job_due_door ON job.job (kind, tenant_id, priority, due_at, id) WHERE state = 'scheduled';
CREATE INDEX job_leased_door ON job.job (kind, tenant_id, due_at) WHERE state = 'leased';
