-- What is open in foreign currencies at the end of a period, at the rates of that day: once an entity and day. The entries that say so are
-- reversed on the day after.
CREATE TABLE ledger.revaluation (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    entity_id uuid NOT NULL,
    revalued_on date NOT NULL,
    include_bank boolean NOT NULL,
    -- By the rates and choices it was made with, as one text.
    print text NOT NULL CONSTRAINT revaluation_print_length CHECK (length(print) BETWEEN 1 AND 10000),
    difference bigint NOT NULL,
    currencies jsonb NOT NULL CONSTRAINT revaluation_currencies_check CHECK (jsonb_typeof(currencies) = 'array'),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT revaluation_revalued_on_key UNIQUE (tenant_id, entity_id, revalued_on)
);
CREATE INDEX revaluation_created_at ON ledger.revaluation (tenant_id, created_at, id);
CREATE INDEX revaluation_day ON ledger.revaluation (tenant_id, revalued_on, id);

CALL base.secure_table('ledger.revaluation');
GRANT SELECT ON ledger.revaluation TO billfold_program;
GRANT INSERT ON ledger.revaluation TO billfold_api;
