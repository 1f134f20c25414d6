-- connect: accounts at processors, and what processors tell.
--
-- A tenant's account at a processor holds that processor's secrets, sealed for its own row. Customers of ours have one
-- processor each: their own, else their seller's, else the tenant's. What a processor tells (webhook, or asked for) is
-- stored once by its own id and applied by a job that asks for the present state of the thing it is about.

CREATE SCHEMA connect;
GRANT USAGE ON SCHEMA connect TO billfold_program;

CREATE TABLE connect.processor (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    kind text NOT NULL CONSTRAINT processor_kind_check CHECK (kind IN ('stripe', 'sandbox', 'manual')),
    name text NOT NULL CONSTRAINT processor_name_length CHECK (length(name) BETWEEN 1 AND 100),
    mode text NOT NULL CONSTRAINT processor_mode_check CHECK (mode IN ('test', 'live')),
    -- NULL: for all sellers.
    entity_id uuid,
    is_default boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'active' CONSTRAINT processor_state_check CHECK (state IN ('active', 'paused')),
    api_key_sealed text,
    -- The end of the key, by which people tell keys apart.
    api_key_hint text CONSTRAINT processor_api_key_hint_length CHECK (length(api_key_hint) <= 20),
    -- Trouble from before it is over.
    api_key_at timestamptz,
    -- One that is to take its place, once the processor has said whose it is.
    api_key_next_sealed text,
    api_key_next_hint text CONSTRAINT processor_api_key_next_hint_length CHECK (length(api_key_next_hint) <= 20),
    -- A JSON array, sealed: during a rotation there are two.
    webhook_secrets_sealed text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT processor_name_key UNIQUE (tenant_id, name),
    CONSTRAINT processor_key_check CHECK ((kind = 'stripe') = (api_key_sealed IS NOT NULL)),
    CONSTRAINT processor_key_next_check CHECK ((api_key_next_sealed IS NULL) = (api_key_next_hint IS NULL)),
    CONSTRAINT processor_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenant.entity (tenant_id, id)
);
-- One default a seller, and one for those that have none of their own.
CREATE UNIQUE INDEX processor_default ON connect.processor
    (tenant_id, coalesce(entity_id, '00000000-0000-0000-0000-000000000000')) WHERE is_default AND archived_at IS NULL;
CREATE INDEX processor_entity_id ON connect.processor (tenant_id, entity_id) WHERE entity_id IS NOT NULL;
-- The door asks for accounts whatever their tenant.
CREATE INDEX processor_door ON connect.processor (kind, tenant_id, id) WHERE archived_at IS NULL;
CREATE INDEX processor_created_at ON connect.processor (tenant_id, created_at, id);
CREATE INDEX processor_kind ON connect.processor (tenant_id, kind, id);

-- How it goes with an account: moves without people, so it is apart from what they set.
CREATE TABLE connect.processor_health (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    processor_id uuid NOT NULL,
    trouble text CONSTRAINT processor_health_trouble_length CHECK (length(trouble) BETWEEN 1 AND 500),
    trouble_at timestamptz,
    -- The newest event that was asked for, from where the next question goes on.
    polled_event text CONSTRAINT processor_health_polled_event_length CHECK (length(polled_event) BETWEEN 1 AND 255),
    polled_at timestamptz,
    -- What the processor itself calls the account, and why it was not changed for the last new key.
    account_ref text CONSTRAINT processor_health_account_ref_length CHECK (length(account_ref) BETWEEN 1 AND 255),
    key_refused text CONSTRAINT processor_health_key_refused_check CHECK (key_refused IN ('not_taken', 'other_account', 'not_told')),
    PRIMARY KEY (tenant_id, processor_id),
    CONSTRAINT processor_health_processor_id_fkey FOREIGN KEY (tenant_id, processor_id)
        REFERENCES connect.processor (tenant_id, id) ON DELETE CASCADE
);

-- A customer of ours whose processor is not the default.
CREATE TABLE connect.account_processor (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    account_id uuid NOT NULL,
    processor_id uuid NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, account_id),
    CONSTRAINT account_processor_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT account_processor_processor_id_fkey FOREIGN KEY (tenant_id, processor_id)
        REFERENCES connect.processor (tenant_id, id)
);
CREATE INDEX account_processor_processor_id ON connect.account_processor (tenant_id, processor_id);

-- What a processor calls a customer of ours: kept methods belong to it there.
CREATE TABLE connect.processor_customer (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    processor_id uuid NOT NULL,
    account_id uuid NOT NULL,
    ref text NOT NULL CONSTRAINT processor_customer_ref_length CHECK (length(ref) BETWEEN 1 AND 255),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, processor_id, account_id),
    CONSTRAINT processor_customer_processor_id_fkey FOREIGN KEY (tenant_id, processor_id)
        REFERENCES connect.processor (tenant_id, id),
    CONSTRAINT processor_customer_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id)
);
CREATE INDEX processor_customer_account_id ON connect.processor_customer (tenant_id, account_id);

CREATE TABLE connect.inbound_event (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    processor_id uuid NOT NULL,
    -- The processor's own id: the same event told twice is one.
    ref text NOT NULL CONSTRAINT inbound_event_ref_length CHECK (length(ref) BETWEEN 1 AND 255),
    type text NOT NULL CONSTRAINT inbound_event_type_length CHECK (length(type) BETWEEN 1 AND 100),
    topic text NOT NULL CONSTRAINT inbound_event_topic_check
        CHECK (topic IN ('none', 'charge', 'refund', 'dispute', 'checkout', 'method')),
    -- What it is about, the charge behind that, by the processor's ids; and our own id that it carries.
    object_ref text CONSTRAINT inbound_event_object_ref_length CHECK (length(object_ref) BETWEEN 1 AND 255),
    charge_ref text CONSTRAINT inbound_event_charge_ref_length CHECK (length(charge_ref) BETWEEN 1 AND 255),
    subject text CONSTRAINT inbound_event_subject_length CHECK (length(subject) BETWEEN 1 AND 255),
    source text NOT NULL CONSTRAINT inbound_event_source_check CHECK (source IN ('webhook', 'poll')),
    happened_at timestamptz NOT NULL,
    -- Of the raw bytes of a webhook. They themselves hold data of persons that nothing here needs, and are not kept.
    body_sha256 text CONSTRAINT inbound_event_body_sha256_check CHECK (body_sha256 ~ '^[0-9a-f]{64}$'),
    state text NOT NULL DEFAULT 'received' CONSTRAINT inbound_event_state_check
        CHECK (state IN ('received', 'applied', 'ignored', 'parked')),
    reason text CONSTRAINT inbound_event_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
    applied_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT inbound_event_ref_key UNIQUE (tenant_id, processor_id, ref),
    CONSTRAINT inbound_event_processor_id_fkey FOREIGN KEY (tenant_id, processor_id)
        REFERENCES connect.processor (tenant_id, id)
);
CREATE INDEX inbound_event_state ON connect.inbound_event (tenant_id, state, id);
CREATE INDEX inbound_event_object_ref ON connect.inbound_event (tenant_id, object_ref COLLATE "C", id);
CREATE INDEX inbound_event_created_at ON connect.inbound_event (tenant_id, created_at, id);

CALL base.secure_table('connect.processor', object => 'processor');
CALL base.secure_table('connect.processor_health', audit => false, stamp => false);
CALL base.secure_table('connect.account_processor', stamp => false, parent => 'crm.account(account_id)');
CALL base.secure_table('connect.processor_customer', audit => false, stamp => false);
CALL base.secure_table('connect.inbound_event', audit => false, object => 'processor_event');

INSERT INTO audit.masked_column (table_name, column_name) VALUES
    ('connect.processor', 'api_key_sealed'), ('connect.processor', 'api_key_next_sealed'), ('connect.processor', 'webhook_secrets_sealed');
GRANT SELECT ON connect.processor_health, connect.account_processor, connect.processor_customer TO billfold_program;
-- Secrets, sealed as they are, are for those who speak to a processor or check what comes from one.
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, kind, name, mode, entity_id, is_default, state,
    api_key_hint, api_key_at, api_key_next_hint) ON connect.processor TO billfold_program;
GRANT SELECT (webhook_secrets_sealed) ON connect.processor TO billfold_api;
GRANT SELECT (api_key_sealed, api_key_next_sealed),
    UPDATE (api_key_sealed, api_key_hint, api_key_at, api_key_next_sealed, api_key_next_hint) ON connect.processor TO billfold_paymentd;
GRANT SELECT ON connect.inbound_event TO billfold_api, billfold_paymentd;
GRANT INSERT, UPDATE, DELETE ON connect.processor TO billfold_api;
GRANT INSERT, UPDATE ON connect.processor_health TO billfold_paymentd;
GRANT INSERT, UPDATE ON connect.account_processor TO billfold_api;
GRANT INSERT, DELETE ON connect.processor_customer TO billfold_paymentd;
GRANT INSERT, UPDATE ON connect.inbound_event TO billfold_api, billfold_paymentd;
GRANT USAGE, CREATE ON SCHEMA connect TO billfold_door;
GRANT SELECT (tenant_id, id, kind, archived_at) ON connect.processor TO billfold_door;
GRANT SELECT (tenant_id, processor_id, polled_at) ON connect.processor_health TO billfold_door;
