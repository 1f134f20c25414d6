-- ledger: the journal. Double entry, append only: an entry is corrected by another one.
--
-- Every line carries its amount in the document's currency and, where a rate is known, in the
-- entity's base currency. Lines of an entry go in by one statement, after which debits equal credits in
-- both, whoever writes. No program role may update or delete here.

CREATE SCHEMA ledger;
GRANT USAGE ON SCHEMA ledger TO billfold_program;

-- The chart, the same for every tenant; reference data of sql/seed. Journal lines name it by code
-- and have no foreign key to it: a row that every entry locks would make them wait for each other.
CREATE TABLE ledger.chart_account (
    code text NOT NULL CONSTRAINT chart_account_code_check CHECK (code ~ '^[0-9]{4}$'),
    name text NOT NULL CONSTRAINT chart_account_name_length CHECK (length(name) BETWEEN 1 AND 100),
    kind text NOT NULL CONSTRAINT chart_account_kind_check
        CHECK (kind IN ('asset', 'liability', 'equity', 'income', 'expense')),
    PRIMARY KEY (code)
);

CREATE TABLE ledger.entry (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    entity_id uuid NOT NULL,
    document_kind text NOT NULL CONSTRAINT entry_document_kind_length CHECK (length(document_kind) BETWEEN 1 AND 50),
    document_id uuid NOT NULL,
    event text NOT NULL CONSTRAINT entry_event_length CHECK (length(event) BETWEEN 1 AND 50),
    entry_date date NOT NULL,
    memo text CONSTRAINT entry_memo_length CHECK (length(memo) <= 500),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX entry_document_id ON ledger.entry (tenant_id, document_id, id);
CREATE INDEX entry_entry_date ON ledger.entry (tenant_id, entry_date, id);
CREATE INDEX entry_created_at ON ledger.entry (tenant_id, created_at, id);

CREATE TABLE ledger.line (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    entry_id uuid NOT NULL,
    position integer NOT NULL,
    account_code text NOT NULL CONSTRAINT line_account_code_check CHECK (length(account_code) = 4),
    -- Whose balance it moves: receivable and credit lines.
    customer_account_id uuid,
    debit bigint NOT NULL,
    credit bigint NOT NULL,
    currency text NOT NULL CONSTRAINT line_currency_check CHECK (length(currency) = 3),
    base_debit bigint,
    base_credit bigint,
    PRIMARY KEY (tenant_id, entry_id, position),
    CONSTRAINT line_entry_id_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger.entry (tenant_id, id),
    CONSTRAINT line_side_check CHECK (debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0)),
    CONSTRAINT line_base_check CHECK ((base_debit IS NULL) = (base_credit IS NULL)
        AND base_debit >= 0 AND base_credit >= 0)
);

-- Up to and with this day nothing is booked any more.
CREATE TABLE ledger.period (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    entity_id uuid NOT NULL,
    locked_through date NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT period_entity_id_key UNIQUE (tenant_id, entity_id)
);

-- Bodies are code: sql/code/ledger.
CREATE FUNCTION ledger.guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION ledger.guard_period() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION ledger.guard_append() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER guard_balance AFTER INSERT ON ledger.line REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.guard_balance();
CREATE TRIGGER guard_period AFTER INSERT ON ledger.entry REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.guard_period();
-- Rights forbid it to programs; this forbids it to everyone.
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.line
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.guard_append();
CREATE TRIGGER guard_append BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.guard_append();

CALL base.secure_table('ledger.entry', audit => false, stamp => false);
CALL base.secure_table('ledger.line', audit => false, stamp => false);
CALL base.secure_table('ledger.period', object => 'ledger_period');

GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO billfold_program;
GRANT INSERT ON ledger.entry, ledger.line TO billfold_api, billfold_invoiced, billfold_paymentd;
GRANT INSERT, UPDATE ON ledger.period TO billfold_api;
