-- job: what happened (events), what must be done about it (jobs), what falls due (schedules), and
-- whether those who do it are alive (heartbeats).
--
-- PostgreSQL is the truth: a change writes its events and jobs in its own transaction. Redis only carries
-- hints, which may be lost.

CREATE SCHEMA job;
GRANT USAGE ON SCHEMA job TO billfold_program;
-- CREATE: to own the functions that are handed over to it.
GRANT USAGE, CREATE ON SCHEMA job TO billfold_door;

-- ---- events: append only; one an object and transaction ----

CREATE TABLE job.event (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    -- The feed reads in this order, and only what is surely finished.
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    type text NOT NULL CONSTRAINT event_type_check CHECK (type ~ '^[a-z_]+\.[a-z_]+$' AND length(type) <= 100),
    -- Other types that the same transaction gave the same object, in order.
    also text[] NOT NULL DEFAULT '{}',
    object text NOT NULL CONSTRAINT event_object_check CHECK (object ~ '^[a-z_]+$' AND length(object) <= 63),
    object_id uuid NOT NULL,
    -- The customer that it is about: the account itself, or whose object it was then.
    account_id uuid,
    -- The object's version after the change.
    sequence bigint NOT NULL CONSTRAINT event_sequence_check CHECK (sequence > 0),
    actor text NOT NULL CONSTRAINT event_actor_length CHECK (length(actor) BETWEEN 1 AND 200),
    request_id text CONSTRAINT event_request_id_length CHECK (length(request_id) <= 200),
    business_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    data jsonb,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT event_object_key UNIQUE (tenant_id, object_id, txid, object)
);
CREATE INDEX event_txid ON job.event (tenant_id, txid, id);
-- A customer's history, each kind of object walked on its own.
CREATE INDEX event_account_id ON job.event (tenant_id, account_id, object, business_at, id) WHERE account_id IS NOT NULL;
CALL base.secure_table('job.event', audit => false, stamp => false);
GRANT SELECT, INSERT, UPDATE (type, also, account_id, sequence, data) ON job.event TO billfold_program;

-- What every event of an object tells besides what the change says: a function of the object's id that gives jsonb. Rooms
-- above name theirs here.
CREATE TABLE job.event_facts (
    object text NOT NULL CONSTRAINT event_facts_object_length CHECK (length(object) BETWEEN 1 AND 63),
    facts text NOT NULL CONSTRAINT event_facts_facts_check CHECK (facts ~ '^[a-z_]+\.[a-z_]+$'),
    PRIMARY KEY (object)
);
GRANT SELECT ON job.event_facts TO billfold_program;

-- ---- jobs ----

CREATE TABLE job.job (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    kind text COLLATE "C" NOT NULL CONSTRAINT job_kind_check CHECK (kind ~ '^[a-z_]+$' AND length(kind) <= 63),
    key text COLLATE "C" NOT NULL CONSTRAINT job_key_length CHECK (length(key) BETWEEN 1 AND 300),
    state text COLLATE "C" NOT NULL DEFAULT 'scheduled' CONSTRAINT job_state_check
        CHECK (state IN ('scheduled', 'leased', 'done', 'dead')),
    -- Smaller goes first within a tenant and kind.
    priority integer NOT NULL DEFAULT 100,
    run_at timestamptz NOT NULL DEFAULT now(),
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 10 CONSTRAINT job_max_attempts_check CHECK (max_attempts > 0),
    lease_until timestamptz,
    lease_token uuid,
    -- When somebody should look at it: to run it, or because whoever had it must be dead.
    due_at timestamptz NOT NULL GENERATED ALWAYS AS (CASE WHEN state = 'leased' THEN lease_until ELSE run_at END) STORED,
    payload jsonb NOT NULL DEFAULT '{}' CONSTRAINT job_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    last_error text CONSTRAINT job_last_error_length CHECK (length(last_error) <= 2000),
    request_id text CONSTRAINT job_request_id_length CHECK (length(request_id) <= 200),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT job_kind_key UNIQUE (tenant_id, kind, key),
    CONSTRAINT job_lease_check CHECK ((state = 'leased') = (lease_until IS NOT NULL)
        AND (lease_until IS NULL) = (lease_token IS NULL)),
    CONSTRAINT job_dead_check CHECK (state <> 'dead' OR last_error IS NOT NULL)
);
-- For the doors, which run before a tenant is known: the kind leads, the tenants follow.
CREATE INDEX job_due_door ON job.job (kind, tenant_id, priority, due_at, id) WHERE state IN ('scheduled', 'leased');
CREATE INDEX job_leased_door ON job.job (kind, due_at) WHERE state = 'leased';
CREATE INDEX job_open ON job.job (tenant_id, state, id) WHERE state IN ('scheduled', 'leased', 'dead');
CALL base.secure_table('job.job', audit => false, stamp => false);
GRANT SELECT, INSERT, UPDATE ON job.job TO billfold_program;
GRANT DELETE ON job.job TO billfold_scheduler;
GRANT SELECT (tenant_id, id, kind, state, priority, due_at) ON job.job TO billfold_door;

-- A dead letter's alarm bell: open until somebody retries the job or closes it.
CREATE TABLE job.alert (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    job_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT alert_kind_length CHECK (length(kind) <= 63),
    reason text NOT NULL CONSTRAINT alert_reason_length CHECK (length(reason) BETWEEN 1 AND 2000),
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT alert_job_id_fkey FOREIGN KEY (tenant_id, job_id) REFERENCES job.job (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX alert_job_id_key ON job.alert (tenant_id, job_id) WHERE closed_at IS NULL;
CALL base.secure_table('job.alert', audit => false, stamp => false);
GRANT SELECT, INSERT, UPDATE ON job.alert TO billfold_program;
GRANT DELETE ON job.alert TO billfold_scheduler;

-- ---- schedules: business time in, jobs out ----

CREATE TABLE job.schedule (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    kind text COLLATE "C" NOT NULL CONSTRAINT schedule_kind_check CHECK (kind ~ '^[a-z_]+$' AND length(kind) <= 63),
    key text COLLATE "C" NOT NULL CONSTRAINT schedule_key_length CHECK (length(key) BETWEEN 1 AND 200),
    -- Business time: a sandbox tenant's clock where it has one.
    due_at timestamptz NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}' CONSTRAINT schedule_payload_check CHECK (jsonb_typeof(payload) = 'object'),
    -- NULL: once. Else the n-th time is anchor_at + n * every, never the last time + every.
    every interval CONSTRAINT schedule_every_check CHECK (every > interval '0'),
    anchor_at timestamptz NOT NULL,
    n integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT schedule_kind_key UNIQUE (tenant_id, kind, key)
);
CREATE INDEX schedule_due_at ON job.schedule (tenant_id, due_at, id);
-- For the door: who has anything due at all.
CREATE INDEX schedule_due_at_door ON job.schedule (due_at, tenant_id);
CALL base.secure_table('job.schedule', audit => false, stamp => false);
GRANT SELECT, INSERT, UPDATE, DELETE ON job.schedule TO billfold_program;
GRANT SELECT (tenant_id, due_at) ON job.schedule TO billfold_door;
GRANT SELECT (business_at) ON tenant.tenant TO billfold_door;

-- ---- heartbeats: of the installation, not of a tenant ----

CREATE TABLE job.heartbeat (
    kind text COLLATE "C" NOT NULL CONSTRAINT heartbeat_kind_length CHECK (length(kind) BETWEEN 1 AND 63),
    program text NOT NULL CONSTRAINT heartbeat_program_length CHECK (length(program) BETWEEN 1 AND 63),
    -- A periodic duty's interval; 0: a kind of jobs, which beats while a worker waits for it.
    every_s integer NOT NULL DEFAULT 0,
    stale_after_s integer NOT NULL CONSTRAINT heartbeat_stale_after_s_check CHECK (stale_after_s > 0),
    -- Jobs of this kind that one tenant may have in work at once; 0: no bound.
    share integer NOT NULL DEFAULT 0,
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- A duty in work may be silent so long.
    busy_until timestamptz,
    worker text CONSTRAINT heartbeat_worker_length CHECK (length(worker) <= 200),
    stale_since timestamptz,
    PRIMARY KEY (kind)
);
CREATE TABLE job.alarm (
    id uuid NOT NULL DEFAULT base.new_id(),
    kind text NOT NULL CONSTRAINT alarm_kind_length CHECK (length(kind) <= 63),
    program text NOT NULL CONSTRAINT alarm_program_length CHECK (length(program) <= 63),
    beat_at timestamptz NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The program that noticed: another than the one that fell silent.
    raised_by text NOT NULL DEFAULT current_setting('application_name') CONSTRAINT alarm_raised_by_length
        CHECK (length(raised_by) <= 200),
    cleared_at timestamptz,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX alarm_kind_key ON job.alarm (kind) WHERE cleared_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON job.heartbeat, job.alarm TO billfold_program;
GRANT SELECT (kind, share) ON job.heartbeat TO billfold_door;
