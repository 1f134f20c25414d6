-- audit, api, tenant, auth: the trail, the kept answers, the businesses that use Billfold with their
-- sellers, and who may act for them.

-- ---- the audit trail: append only, for everyone ----

CREATE TABLE audit.entry (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    txid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    business_at timestamptz NOT NULL,
    actor text NOT NULL CONSTRAINT entry_actor_length CHECK (length(actor) BETWEEN 1 AND 200),
    actor_id text CONSTRAINT entry_actor_id_length CHECK (length(actor_id) <= 200),
    request_id text CONSTRAINT entry_request_id_length CHECK (length(request_id) <= 200),
    address text CONSTRAINT entry_address_length CHECK (length(address) <= 100),
    action text NOT NULL CONSTRAINT entry_action_length CHECK (length(action) BETWEEN 1 AND 100),
    object text NOT NULL CONSTRAINT entry_object_length CHECK (length(object) BETWEEN 1 AND 100),
    object_id uuid,
    before jsonb,
    after jsonb,
    detail jsonb,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX entry_txid ON audit.entry (tenant_id, txid, id);
CREATE INDEX entry_object_id ON audit.entry (tenant_id, object_id, id);
CREATE INDEX entry_actor ON audit.entry (tenant_id, actor COLLATE "C", id);

-- Columns whose content the trail never holds; each schema's migration adds its own.
CREATE TABLE audit.masked_column (
    table_name text NOT NULL CONSTRAINT masked_column_table_name_check CHECK (table_name ~ '^[a-z_]+\.[a-z_]+$'),
    column_name text NOT NULL CONSTRAINT masked_column_column_name_length CHECK (length(column_name) BETWEEN 1 AND 63),
    PRIMARY KEY (table_name, column_name)
);

-- The chain: batch n covers the rows of its transactions, its hash the rows' content and the hash before.
CREATE TABLE audit.seal (
    tenant_id uuid NOT NULL,
    batch bigint NOT NULL,
    first_txid xid8 NOT NULL,
    last_txid xid8 NOT NULL,
    row_count bigint NOT NULL,
    hash bytea NOT NULL CONSTRAINT seal_hash_check CHECK (length(hash) = 32),
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, batch)
);
-- Where the chain ends, so that a cut tail shows.
CREATE TABLE audit.head (
    tenant_id uuid NOT NULL,
    batch bigint NOT NULL,
    last_txid xid8 NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (tenant_id)
);

CALL base.secure_table('audit.entry', audit => false, stamp => false);
CALL base.secure_table('audit.seal', audit => false, stamp => false);
CALL base.secure_table('audit.head', audit => false, stamp => false);
GRANT SELECT ON audit.entry, audit.seal, audit.head TO billfold_program;
GRANT SELECT, INSERT ON audit.entry, audit.seal TO billfold_audit;
GRANT SELECT, INSERT, UPDATE ON audit.head TO billfold_audit;
GRANT SELECT ON audit.masked_column TO billfold_audit;

INSERT INTO audit.masked_column (table_name, column_name) VALUES
    ('auth.app_user', 'password_hash'),
    ('auth.app_user', 'mfa_secret_sealed'),
    ('auth.client', 'secret_hash'),
    ('auth.link', 'token_hash'),
    ('auth.recovery_code', 'code_hash');

-- ---- answers kept under an Idempotency-Key ----

CREATE TABLE api.answer (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    scope text NOT NULL CONSTRAINT answer_scope_length CHECK (length(scope) BETWEEN 1 AND 200),
    key text NOT NULL CONSTRAINT answer_key_length CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint text NOT NULL CONSTRAINT answer_fingerprint_length CHECK (length(fingerprint) BETWEEN 1 AND 100),
    status integer NOT NULL CONSTRAINT answer_status_check CHECK (status BETWEEN 200 AND 599),
    body text,
    etag text CONSTRAINT answer_etag_length CHECK (length(etag) <= 200),
    location text CONSTRAINT answer_location_length CHECK (length(location) <= 500),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, scope, key)
);
CREATE INDEX answer_created_at ON api.answer (tenant_id, created_at);
CALL base.secure_table('api.answer', audit => false, stamp => false);
GRANT SELECT, INSERT, DELETE ON api.answer TO billfold_program;

-- ---- tenants and their sellers ----

CREATE SCHEMA tenant;
GRANT USAGE ON SCHEMA tenant TO billfold_program, billfold_search;
GRANT USAGE, CREATE ON SCHEMA tenant TO billfold_door;

CREATE TABLE tenant.tenant (
    tenant_id uuid NOT NULL GENERATED ALWAYS AS (id) STORED,
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    slug text NOT NULL CONSTRAINT tenant_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    name text NOT NULL CONSTRAINT tenant_name_length CHECK (length(name) BETWEEN 1 AND 200),
    state text NOT NULL DEFAULT 'active' CONSTRAINT tenant_state_check CHECK (state IN ('active', 'suspended')),
    sandbox boolean NOT NULL DEFAULT false,
    -- A sandbox tenant's clock; real time where it is NULL.
    business_at timestamptz CONSTRAINT tenant_business_at_check CHECK (business_at IS NULL OR sandbox),
    time_zone text NOT NULL DEFAULT 'UTC' CONSTRAINT tenant_time_zone_length CHECK (length(time_zone) BETWEEN 1 AND 64),
    locale text NOT NULL DEFAULT 'en' CONSTRAINT tenant_locale_length CHECK (length(locale) BETWEEN 2 AND 35),
    currency text NOT NULL DEFAULT 'EUR' CONSTRAINT tenant_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    settings jsonb NOT NULL DEFAULT '{}' CONSTRAINT tenant_settings_check CHECK (jsonb_typeof(settings) = 'object'),
    default_entity_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT tenant_slug_key UNIQUE (slug)
);

CREATE TABLE tenant.entity (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    name text NOT NULL CONSTRAINT entity_name_length CHECK (length(name) BETWEEN 1 AND 200),
    legal_name text NOT NULL CONSTRAINT entity_legal_name_length CHECK (length(legal_name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    address jsonb NOT NULL DEFAULT '{}' CONSTRAINT entity_address_check CHECK (jsonb_typeof(address) = 'object'),
    country text COLLATE "C" GENERATED ALWAYS AS (address ->> 'country') STORED,
    email text CONSTRAINT entity_email_length CHECK (length(email) <= 254),
    phone text CONSTRAINT entity_phone_length CHECK (length(phone) <= 50),
    tax_id text CONSTRAINT entity_tax_id_length CHECK (length(tax_id) <= 50),
    registration_number text CONSTRAINT entity_registration_number_length CHECK (length(registration_number) <= 100),
    bank_accounts jsonb NOT NULL DEFAULT '[]' CONSTRAINT entity_bank_accounts_check
        CHECK (jsonb_typeof(bank_accounts) = 'array'),
    logo_file_id uuid,
    base_currency text NOT NULL CONSTRAINT entity_base_currency_check CHECK (base_currency ~ '^[A-Z]{3}$'),
    time_zone text CONSTRAINT entity_time_zone_length CHECK (length(time_zone) BETWEEN 1 AND 64),
    locale text CONSTRAINT entity_locale_length CHECK (length(locale) BETWEEN 2 AND 35),
    payment_terms integer NOT NULL DEFAULT 30 CONSTRAINT entity_payment_terms_check
        CHECK (payment_terms BETWEEN 0 AND 365),
    invoice_footer text CONSTRAINT entity_invoice_footer_length CHECK (length(invoice_footer) <= 2000),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT entity_name_norm_key UNIQUE (tenant_id, name_norm)
);
CREATE INDEX entity_created_at ON tenant.entity (tenant_id, created_at, id);
CREATE INDEX entity_updated_at ON tenant.entity (tenant_id, updated_at, id);
CREATE INDEX entity_name_norm ON tenant.entity (tenant_id, name_norm, id);
CREATE INDEX entity_country ON tenant.entity (tenant_id, country, id);

ALTER TABLE tenant.tenant ADD CONSTRAINT tenant_default_entity_id_fkey
    FOREIGN KEY (tenant_id, default_entity_id) REFERENCES tenant.entity (tenant_id, id);
CREATE INDEX tenant_default_entity_id ON tenant.tenant (tenant_id, default_entity_id);

CALL base.secure_table('tenant.tenant');
CALL base.secure_table('tenant.entity');
GRANT SELECT ON tenant.tenant, tenant.entity TO billfold_program;
GRANT UPDATE ON tenant.tenant TO billfold_api, billfold_scheduler, billfold_admin;
GRANT INSERT, UPDATE, DELETE ON tenant.entity TO billfold_api, billfold_admin;
GRANT INSERT ON tenant.tenant TO billfold_admin;
GRANT SELECT (tenant_id, id, slug, state) ON tenant.tenant TO billfold_door;

-- ---- who may act ----

CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO billfold_program;
GRANT USAGE, CREATE ON SCHEMA auth TO billfold_door;

-- What there is to permit, and the roles that every tenant has: reference data of sql/seed.
CREATE TABLE auth.permission (
    word text NOT NULL CONSTRAINT permission_word_check CHECK (word ~ '^[a-z_]+(\.[a-z_]+)?$'),
    doc text NOT NULL CONSTRAINT permission_doc_length CHECK (length(doc) BETWEEN 1 AND 500),
    PRIMARY KEY (word)
);
CREATE TABLE auth.system_role (
    key text NOT NULL CONSTRAINT system_role_key_check CHECK (key ~ '^[a-z_]{1,50}$'),
    name text NOT NULL CONSTRAINT system_role_name_length CHECK (length(name) BETWEEN 1 AND 100),
    doc text NOT NULL CONSTRAINT system_role_doc_length CHECK (length(doc) BETWEEN 1 AND 500),
    PRIMARY KEY (key)
);
CREATE TABLE auth.system_role_permission (
    role_key text NOT NULL,
    permission text NOT NULL,
    PRIMARY KEY (role_key, permission),
    CONSTRAINT system_role_permission_role_key_fkey FOREIGN KEY (role_key) REFERENCES auth.system_role (key),
    CONSTRAINT system_role_permission_permission_fkey FOREIGN KEY (permission) REFERENCES auth.permission (word)
);
GRANT SELECT ON auth.permission, auth.system_role, auth.system_role_permission TO billfold_program;

CREATE TABLE auth.role (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    key text COLLATE "C" NOT NULL CONSTRAINT role_key_check CHECK (key ~ '^[a-z][a-z0-9_]{0,49}$'),
    name text NOT NULL CONSTRAINT role_name_length CHECK (length(name) BETWEEN 1 AND 100),
    -- A system role follows the release: its permissions are not the tenant's to change.
    system boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT role_key_key UNIQUE (tenant_id, key)
);
CREATE INDEX role_created_at ON auth.role (tenant_id, created_at, id);

CREATE TABLE auth.role_permission (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    role_id uuid NOT NULL,
    permission text NOT NULL CONSTRAINT role_permission_permission_check
        CHECK (permission ~ '^[a-z_]+(\.[a-z_]+)?$' AND length(permission) <= 100),
    -- The role's, so that the trail names what changed.
    id uuid NOT NULL GENERATED ALWAYS AS (role_id) STORED,
    PRIMARY KEY (tenant_id, role_id, permission),
    CONSTRAINT role_permission_role_id_fkey FOREIGN KEY (tenant_id, role_id)
        REFERENCES auth.role (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE auth.app_user (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    email text NOT NULL CONSTRAINT app_user_email_length CHECK (length(email) BETWEEN 3 AND 254)
        CONSTRAINT app_user_email_check CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
    email_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(email)) STORED,
    name text NOT NULL CONSTRAINT app_user_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    state text NOT NULL DEFAULT 'invited' CONSTRAINT app_user_state_check
        CHECK (state IN ('invited', 'active', 'disabled')),
    role_id uuid NOT NULL,
    -- Sessions and tokens carry it; a higher one here ends them.
    epoch bigint NOT NULL DEFAULT 1,
    password_hash text CONSTRAINT app_user_password_hash_length CHECK (length(password_hash) <= 300),
    password_changed_at timestamptz,
    mfa_secret_sealed text CONSTRAINT app_user_mfa_secret_sealed_length CHECK (length(mfa_secret_sealed) <= 1000),
    mfa_enabled boolean NOT NULL GENERATED ALWAYS AS (mfa_secret_sealed IS NOT NULL) STORED,
    locale text CONSTRAINT app_user_locale_length CHECK (length(locale) BETWEEN 2 AND 35),
    time_zone text CONSTRAINT app_user_time_zone_length CHECK (length(time_zone) BETWEEN 1 AND 64),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT app_user_email_norm_key UNIQUE (tenant_id, email_norm),
    CONSTRAINT app_user_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES auth.role (tenant_id, id),
    CONSTRAINT app_user_active_check CHECK (state <> 'active' OR password_hash IS NOT NULL)
);
CREATE INDEX app_user_created_at ON auth.app_user (tenant_id, created_at, id);
CREATE INDEX app_user_updated_at ON auth.app_user (tenant_id, updated_at, id);
CREATE INDEX app_user_name_norm ON auth.app_user (tenant_id, name_norm, id);
CREATE INDEX app_user_state ON auth.app_user (tenant_id, state, id);
CREATE INDEX app_user_role_id ON auth.app_user (tenant_id, role_id, id);

-- What moves with every sign-in, apart from the user, whose version and trail it must not move:
-- the last TOTP step that was used, so that a code serves once.
CREATE TABLE auth.sign_in (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    user_id uuid NOT NULL,
    last_at timestamptz,
    last_address text CONSTRAINT sign_in_last_address_length CHECK (length(last_address) <= 100),
    mfa_step bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT sign_in_user_id_fkey FOREIGN KEY (tenant_id, user_id)
        REFERENCES auth.app_user (tenant_id, id) ON DELETE CASCADE
);

-- Single-use links by mail: invitation and password reset. The token itself is never stored.
CREATE TABLE auth.link (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    user_id uuid NOT NULL,
    purpose text NOT NULL CONSTRAINT link_purpose_check CHECK (purpose IN ('invite', 'reset')),
    token_hash text COLLATE "C" NOT NULL CONSTRAINT link_token_hash_check CHECK (length(token_hash) = 64),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT link_token_hash_key UNIQUE (tenant_id, token_hash),
    CONSTRAINT link_user_id_fkey FOREIGN KEY (tenant_id, user_id)
        REFERENCES auth.app_user (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX link_user_id ON auth.link (tenant_id, user_id);

CREATE TABLE auth.recovery_code (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_hash text COLLATE "C" NOT NULL CONSTRAINT recovery_code_code_hash_length CHECK (length(code_hash) <= 300),
    used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT recovery_code_code_hash_key UNIQUE (tenant_id, user_id, code_hash),
    CONSTRAINT recovery_code_user_id_fkey FOREIGN KEY (tenant_id, user_id)
        REFERENCES auth.app_user (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE auth.client (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    name text NOT NULL CONSTRAINT client_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    secret_hash text COLLATE "C" NOT NULL CONSTRAINT client_secret_hash_length CHECK (length(secret_hash) BETWEEN 1 AND 300),
    -- The first characters of the secret, so that a person can tell which one a program holds.
    secret_prefix text CONSTRAINT client_secret_prefix_length CHECK (length(secret_prefix) <= 16),
    role_id uuid NOT NULL,
    -- Permissions that a token of this client may carry; all of the role's where it is empty.
    scopes text[] NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'active' CONSTRAINT client_state_check CHECK (state IN ('active', 'disabled')),
    epoch bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT client_name_norm_key UNIQUE (tenant_id, name_norm),
    CONSTRAINT client_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES auth.role (tenant_id, id)
);
CREATE INDEX client_created_at ON auth.client (tenant_id, created_at, id);
CREATE INDEX client_role_id ON auth.client (tenant_id, role_id, id);
CREATE INDEX client_state ON auth.client (tenant_id, state, id);
-- For the door alone: the tenant is not known yet.
CREATE INDEX client_id_door ON auth.client (id);

CALL base.secure_table('auth.role');
CALL base.secure_table('auth.role_permission', stamp => false, parent => 'auth.role(role_id)');
CALL base.secure_table('auth.app_user', object => 'user');
CALL base.secure_table('auth.sign_in', audit => false, stamp => false);
CALL base.secure_table('auth.link', stamp => false);
CALL base.secure_table('auth.recovery_code', stamp => false);
CALL base.secure_table('auth.client');

GRANT SELECT ON auth.role, auth.role_permission TO billfold_program;
-- Hashes and sealed secrets are for those who sign people in.
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, email, email_norm, name, name_norm, state, role_id,
    epoch, password_changed_at, mfa_enabled, locale, time_zone) ON auth.app_user TO billfold_program;
GRANT SELECT (tenant_id, id, version, created_at, updated_at, archived_at, name, name_norm, secret_prefix, role_id, scopes,
    state, epoch) ON auth.client TO billfold_program;
GRANT SELECT ON auth.app_user, auth.client TO billfold_api, billfold_admin;
GRANT INSERT, UPDATE, DELETE ON auth.role, auth.role_permission, auth.app_user, auth.client, auth.sign_in,
    auth.link, auth.recovery_code TO billfold_api, billfold_admin;
GRANT SELECT ON auth.sign_in, auth.link, auth.recovery_code TO billfold_api, billfold_admin;
GRANT INSERT, SELECT ON auth.link TO billfold_maild;
GRANT SELECT (tenant_id, id, email_norm) ON auth.app_user TO billfold_door;
GRANT SELECT (tenant_id, id) ON auth.client TO billfold_door;
