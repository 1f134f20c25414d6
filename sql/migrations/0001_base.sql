-- base, api, audit: the schemas on which all others stand, and the data that belongs to no tenant.
--
-- What is created here without tenant_id is reference data (currencies, countries) or the migration's
-- own book-keeping; programs may read the former and see nothing of the latter.

-- Functions are for those whom a grant names.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

CREATE SCHEMA base;
CREATE SCHEMA api;
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA base, api, audit TO billfold_program;
GRANT USAGE ON SCHEMA base TO billfold_door, billfold_search;
GRANT USAGE ON SCHEMA base TO billfold_audit;
-- CREATE: to own the functions that are handed over to it.
GRANT USAGE, CREATE ON SCHEMA audit TO billfold_audit;

-- ---- book-keeping of migrations ----

CREATE TABLE base.migration (
    number integer NOT NULL,
    name text NOT NULL CONSTRAINT migration_name_length CHECK (length(name) BETWEEN 1 AND 200),
    hash text NOT NULL CONSTRAINT migration_hash_length CHECK (length(hash) = 64),
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (number)
);
-- One row a file of sql/code and sql/seed: what it held when it was last run.
CREATE TABLE base.code_file (
    path text NOT NULL CONSTRAINT code_file_path_length CHECK (length(path) BETWEEN 1 AND 200),
    hash text NOT NULL CONSTRAINT code_file_hash_length CHECK (length(hash) = 64),
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (path)
);
-- Programs ask for the schema's number at start.
GRANT SELECT ON base.migration TO billfold_program;

-- ---- ISO 4217 and ISO 3166-1 ----

CREATE TABLE base.currency (
    code text NOT NULL CONSTRAINT currency_code_check CHECK (code ~ '^[A-Z]{3}$'),
    exponent smallint NOT NULL CONSTRAINT currency_exponent_check CHECK (exponent BETWEEN 0 AND 4),
    numeric_code text NOT NULL CONSTRAINT currency_numeric_code_check CHECK (numeric_code ~ '^[0-9]{3}$'),
    name text NOT NULL CONSTRAINT currency_name_length CHECK (length(name) BETWEEN 1 AND 100),
    PRIMARY KEY (code)
);
CREATE TABLE base.country (
    code text NOT NULL CONSTRAINT country_code_check CHECK (code ~ '^[A-Z]{2}$'),
    alpha3 text NOT NULL CONSTRAINT country_alpha3_check CHECK (alpha3 ~ '^[A-Z]{3}$'),
    name text NOT NULL CONSTRAINT country_name_length CHECK (length(name) BETWEEN 1 AND 100),
    -- Member of the European Union: VAT within it has rules of its own.
    eu boolean NOT NULL DEFAULT false,
    PRIMARY KEY (code)
);
GRANT SELECT ON base.currency, base.country TO billfold_program, billfold_door, billfold_search;
