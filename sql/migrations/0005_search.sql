-- search: one index over what people look for.
--
-- A text operator like LIKE is not leakproof: under a policy it would read the whole tenant. So the texts
-- that are looked into stand here, one row a field, in lower case, and only two functions look:
-- search.contains and search.find. They run as billfold_search, which no policy binds, take the tenant from
-- the transaction alone and return ids; the caller's statement joins those under its own policy.

CREATE SCHEMA search;
GRANT USAGE ON SCHEMA search TO billfold_program;
GRANT USAGE, CREATE ON SCHEMA search TO billfold_search;

CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA search;
CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA search;

CREATE TABLE search.entry (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    object_id uuid NOT NULL,
    field text COLLATE "C" NOT NULL CONSTRAINT entry_field_check CHECK (field ~ '^[a-z][a-z_]{0,49}$'),
    -- The resource's name.
    kind text COLLATE "C" NOT NULL CONSTRAINT entry_kind_check CHECK (kind ~ '^[a-z][a-z_]{0,49}$'),
    text text COLLATE "C" NOT NULL CONSTRAINT entry_text_length CHECK (length(text) BETWEEN 1 AND 2000),
    -- In this order, because a text without a trigram is looked for in all texts of one field, and in no other tenant's.
    PRIMARY KEY (tenant_id, kind, field, object_id)
);
-- Trigrams within a tenant. A short list of pending entries makes writing three times as fast; every look-up
-- reads it, hence the bound (kB).
CREATE INDEX entry_text ON search.entry USING gin (tenant_id, kind, field, text search.gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 128);

CALL base.secure_table('search.entry', audit => false, stamp => false);
GRANT SELECT ON search.entry TO billfold_search;
GRANT SELECT, INSERT, UPDATE, DELETE ON search.entry TO billfold_program;
