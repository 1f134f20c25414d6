-- meta: what tenants add to the resources: custom fields, ids of other systems; and long work.

CREATE SCHEMA meta;
GRANT USAGE ON SCHEMA meta TO billfold_program, billfold_search;

-- key never changes, label may: rules, filters and exports name the key.
CREATE TABLE meta.custom_field (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    resource text COLLATE "C" NOT NULL CONSTRAINT custom_field_resource_check CHECK (resource ~ '^[a-z][a-z_]{0,49}$'),
    key text COLLATE "C" NOT NULL CONSTRAINT custom_field_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,49}$'),
    label text NOT NULL CONSTRAINT custom_field_label_length CHECK (length(label) BETWEEN 1 AND 100),
    type text NOT NULL CONSTRAINT custom_field_type_check
        CHECK (type IN ('text', 'integer', 'decimal', 'boolean', 'date', 'enum')),
    choices text[] NOT NULL DEFAULT '{}',
    required boolean NOT NULL DEFAULT false,
    -- Kept in meta.custom_value too, where an index finds it.
    filterable boolean NOT NULL DEFAULT false,
    position integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT custom_field_key_key UNIQUE (tenant_id, resource, key),
    CONSTRAINT custom_field_choices_check CHECK ((type = 'enum') = (cardinality(choices) > 0))
);
CREATE INDEX custom_field_created_at ON meta.custom_field (tenant_id, created_at, id);

-- Values of filterable fields; numbers are scaled by 10^6, booleans are 0 and 1.
CREATE TABLE meta.custom_value (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    resource text COLLATE "C" NOT NULL CONSTRAINT custom_value_resource_length CHECK (length(resource) BETWEEN 1 AND 50),
    field_id uuid NOT NULL,
    object_id uuid NOT NULL,
    text_value text COLLATE "C",
    int_value bigint,
    date_value date,
    PRIMARY KEY (tenant_id, object_id, field_id),
    CONSTRAINT custom_value_field_id_fkey FOREIGN KEY (tenant_id, field_id)
        REFERENCES meta.custom_field (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT custom_value_one_check CHECK (num_nonnulls(text_value, int_value, date_value) = 1)
);
CREATE INDEX custom_value_text ON meta.custom_value (tenant_id, field_id, text_value, object_id)
    WHERE text_value IS NOT NULL;
CREATE INDEX custom_value_int ON meta.custom_value (tenant_id, field_id, int_value, object_id) WHERE int_value IS NOT NULL;
CREATE INDEX custom_value_date ON meta.custom_value (tenant_id, field_id, date_value, object_id)
    WHERE date_value IS NOT NULL;

-- What other systems call our objects.
CREATE TABLE meta.external_id (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    resource text COLLATE "C" NOT NULL CONSTRAINT external_id_resource_check CHECK (resource ~ '^[a-z][a-z_]{0,49}$'),
    system text COLLATE "C" NOT NULL CONSTRAINT external_id_system_check CHECK (system ~ '^[a-z0-9][a-z0-9_.-]{0,49}$'),
    external_id text COLLATE "C" NOT NULL CONSTRAINT external_id_external_id_length
        CHECK (length(external_id) BETWEEN 1 AND 200),
    object_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, resource, system, external_id)
);
CREATE INDEX external_id_object_id ON meta.external_id (tenant_id, object_id);

-- Long work: asked for by a request, done by a job, looked at meanwhile.
CREATE TABLE meta.operation (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    kind text COLLATE "C" NOT NULL CONSTRAINT operation_kind_check CHECK (kind ~ '^[a-z][a-z_]{0,49}$'),
    state text NOT NULL DEFAULT 'pending' CONSTRAINT operation_state_check
        CHECK (state IN ('pending', 'running', 'done', 'failed', 'cancelled')),
    actor text NOT NULL CONSTRAINT operation_actor_length CHECK (length(actor) BETWEEN 1 AND 200),
    -- What it works on, where it works on one resource.
    resource text COLLATE "C" CONSTRAINT operation_resource_check CHECK (resource ~ '^[a-z][a-z_]{0,49}$'),
    params jsonb NOT NULL DEFAULT '{}',
    -- Who asked, with the rights and the epoch of that moment: it is done as them. {} where the machinery does it.
    caller jsonb NOT NULL DEFAULT '{}',
    dry_run boolean NOT NULL DEFAULT false,
    total bigint CONSTRAINT operation_total_check CHECK (total >= 0),
    done bigint NOT NULL DEFAULT 0 CONSTRAINT operation_done_check CHECK (done >= 0),
    failed bigint NOT NULL DEFAULT 0 CONSTRAINT operation_failed_check CHECK (failed >= 0),
    -- What an import's done rows came to.
    created bigint NOT NULL DEFAULT 0 CONSTRAINT operation_created_check CHECK (created >= 0),
    updated bigint NOT NULL DEFAULT 0 CONSTRAINT operation_updated_check CHECK (updated >= 0),
    skipped bigint NOT NULL DEFAULT 0 CONSTRAINT operation_skipped_check CHECK (skipped >= 0),
    -- How far it has come: rows up to `position` of the pass are dealt with. Moves with the effect, in its transaction.
    pass integer NOT NULL DEFAULT 1 CONSTRAINT operation_pass_check CHECK (pass >= 1),
    position bigint NOT NULL DEFAULT 0 CONSTRAINT operation_position_check CHECK (position >= 0),
    -- Rows that waited for other rows of their file when the pass began.
    waiting bigint NOT NULL DEFAULT 0,
    cancel_requested boolean NOT NULL DEFAULT false,
    started_at timestamptz,
    finished_at timestamptz,
    error jsonb,
    result jsonb,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT operation_import_check CHECK (kind <> 'import' OR done = created + updated + skipped),
    -- Done means that every row found its end.
    CONSTRAINT operation_whole_check CHECK (state <> 'done' OR total IS NULL OR done + failed = total)
);
CREATE INDEX operation_created_at ON meta.operation (tenant_id, created_at, id);
CREATE INDEX operation_state ON meta.operation (tenant_id, state, id);
CREATE INDEX operation_kind ON meta.operation (tenant_id, kind, id);
CREATE INDEX operation_resource ON meta.operation (tenant_id, resource, id);

-- Row by row what came of it. A bulk action's selection stands here before it begins; an import's row that waits for
-- another one of its file stands here between two passes.
CREATE TABLE meta.operation_result (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    operation_id uuid NOT NULL,
    position bigint NOT NULL,
    -- Of the file, where there is one.
    line bigint,
    outcome text NOT NULL CONSTRAINT operation_result_outcome_check
        CHECK (outcome IN ('pending', 'created', 'updated', 'skipped', 'done', 'failed')),
    object_id uuid,
    error jsonb,
    PRIMARY KEY (tenant_id, operation_id, position),
    CONSTRAINT operation_result_operation_id_fkey FOREIGN KEY (tenant_id, operation_id)
        REFERENCES meta.operation (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX operation_result_outcome ON meta.operation_result (tenant_id, operation_id, outcome, position);

-- A file that goes in (an import's rows, cut after whole ones) or comes out (an export), in pieces.
CREATE TABLE meta.operation_part (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    operation_id uuid NOT NULL,
    part integer NOT NULL,
    -- Of the piece's first row: its number among the rows, its line in the file.
    position bigint NOT NULL,
    line bigint NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (tenant_id, operation_id, part),
    CONSTRAINT operation_part_operation_id_fkey FOREIGN KEY (tenant_id, operation_id)
        REFERENCES meta.operation (tenant_id, id) ON DELETE CASCADE
);

CALL base.secure_table('meta.custom_field');
CALL base.secure_table('meta.custom_value', audit => false, stamp => false);
CALL base.secure_table('meta.external_id', audit => false, stamp => false);
CALL base.secure_table('meta.operation', audit => false);
CALL base.secure_table('meta.operation_result', audit => false, stamp => false);
CALL base.secure_table('meta.operation_part', audit => false, stamp => false);

GRANT SELECT ON ALL TABLES IN SCHEMA meta TO billfold_program;
GRANT INSERT, UPDATE, DELETE ON meta.custom_field TO billfold_api;
GRANT INSERT, UPDATE, DELETE ON meta.custom_value, meta.external_id TO billfold_api, billfold_invoiced,
    billfold_paymentd, billfold_syncd;
GRANT INSERT, UPDATE ON meta.operation TO billfold_program;
GRANT INSERT, UPDATE ON meta.operation_result TO billfold_program;
GRANT INSERT, DELETE ON meta.operation_part TO billfold_program;
