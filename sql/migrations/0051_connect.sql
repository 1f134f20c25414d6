-- connect: what adapters to outside systems keep of their own.

-- The sandbox processor's ledger: what it was asked under a key, and what became of the money. It stands for
-- another company's database: nothing of ours refers to it, it commits by itself, and look-ups read it.
CREATE TABLE connect.sandbox_charge (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    key text COLLATE "C" NOT NULL CONSTRAINT sandbox_charge_key_length CHECK (length(key) BETWEEN 1 AND 100),
    token text NOT NULL CONSTRAINT sandbox_charge_token_length CHECK (length(token) BETWEEN 1 AND 100),
    amount bigint NOT NULL CONSTRAINT sandbox_charge_amount_check CHECK (amount > 0),
    currency text NOT NULL CONSTRAINT sandbox_charge_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    state text NOT NULL CONSTRAINT sandbox_charge_state_check CHECK (state IN ('succeeded', 'declined')),
    decline_class text CONSTRAINT sandbox_charge_decline_class_check CHECK (decline_class IN ('soft', 'hard')),
    decline_code text,
    disputed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sandbox_charge_key_key UNIQUE (tenant_id, key),
    CONSTRAINT sandbox_charge_decline_check CHECK ((state = 'declined') = (decline_class IS NOT NULL))
);

-- What it gave back, by the key of that: never more of a charge than it took.
CREATE TABLE connect.sandbox_refund (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    key text COLLATE "C" NOT NULL CONSTRAINT sandbox_refund_key_length CHECK (length(key) BETWEEN 1 AND 100),
    charge_key text COLLATE "C" NOT NULL,
    amount bigint NOT NULL CONSTRAINT sandbox_refund_amount_check CHECK (amount > 0),
    state text NOT NULL CONSTRAINT sandbox_refund_state_check CHECK (state IN ('succeeded', 'failed')),
    code text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sandbox_refund_key_key UNIQUE (tenant_id, key),
    CONSTRAINT sandbox_refund_code_check CHECK ((state = 'failed') = (code IS NOT NULL)),
    CONSTRAINT sandbox_refund_charge_key_fkey FOREIGN KEY (tenant_id, charge_key)
        REFERENCES connect.sandbox_charge (tenant_id, key)
);
CREATE INDEX sandbox_refund_charge_key ON connect.sandbox_refund (tenant_id, charge_key);

-- A batch of journal entries given to an accounting system: the same id, the same entries for ever.
CREATE TABLE connect.accounting_batch (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    adapter text NOT NULL CONSTRAINT accounting_batch_adapter_length CHECK (length(adapter) BETWEEN 1 AND 40),
    entity_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    posted_at timestamptz,
    ref text CONSTRAINT accounting_batch_ref_length CHECK (length(ref) <= 500),
    entries integer NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX accounting_batch_open ON connect.accounting_batch (tenant_id, adapter, id) WHERE posted_at IS NULL;

-- Each entry goes to each adapter once.
CREATE TABLE connect.accounting_entry (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    adapter text NOT NULL CONSTRAINT accounting_entry_adapter_length CHECK (length(adapter) BETWEEN 1 AND 40),
    entry_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, adapter, entry_id),
    CONSTRAINT accounting_entry_batch_id_fkey FOREIGN KEY (tenant_id, batch_id)
        REFERENCES connect.accounting_batch (tenant_id, id),
    CONSTRAINT accounting_entry_entry_id_fkey FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger.entry (tenant_id, id)
);
CREATE INDEX accounting_entry_batch_id ON connect.accounting_entry (tenant_id, batch_id);
CREATE INDEX accounting_entry_entry_id ON connect.accounting_entry (tenant_id, entry_id);

-- How far a mailbox has been read. It is the installation's, of no tenant: what is in it shows whose it is. Ids count
-- within a validity (RFC 3501); what is behind last_uid is still to be read. trying and tries: the mail that is at work, and
-- how often it was begun: one that kills its reader is passed over at last.
CREATE TABLE connect.mailbox (
    name text COLLATE "C" NOT NULL CONSTRAINT mailbox_name_length CHECK (length(name) BETWEEN 1 AND 500),
    uid_validity bigint CONSTRAINT mailbox_uid_validity_check CHECK (uid_validity > 0), -- NULL: it was never opened
    last_uid bigint NOT NULL DEFAULT 0 CONSTRAINT mailbox_last_uid_check CHECK (last_uid >= 0),
    trying bigint NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    read_at timestamptz,
    PRIMARY KEY (name)
);

CALL base.secure_table('connect.sandbox_charge', audit => false, stamp => false, parent => NULL);
CALL base.secure_table('connect.sandbox_refund', audit => false, stamp => false, parent => NULL);
CALL base.secure_table('connect.accounting_batch', audit => false, stamp => false, parent => NULL);
CALL base.secure_table('connect.accounting_entry', audit => false, stamp => false, parent => NULL);

GRANT SELECT ON connect.mailbox TO billfold_program;
GRANT INSERT, UPDATE ON connect.mailbox TO billfold_maild;
GRANT SELECT ON connect.sandbox_charge, connect.sandbox_refund, connect.accounting_batch, connect.accounting_entry TO billfold_program;
GRANT INSERT ON connect.sandbox_charge, connect.sandbox_refund TO billfold_paymentd;
GRANT INSERT, UPDATE ON connect.accounting_batch TO billfold_syncd;
GRANT INSERT ON connect.accounting_entry TO billfold_syncd;
