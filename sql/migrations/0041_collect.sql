-- collect: what is done about money that does not come by itself.
--
-- A policy says when a declined charge is tried again, when reminders go out, and when a person takes
-- over. An invoice in collection has one case; each reminder of an invoice goes to each recipient once.

CREATE SCHEMA collect;
GRANT USAGE ON SCHEMA collect TO billfold_program;

CREATE TABLE collect.policy (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    name text NOT NULL CONSTRAINT policy_name_length CHECK (length(name) BETWEEN 1 AND 100),
    is_default boolean NOT NULL DEFAULT false,
    -- Days after the first decline on which a kept method is charged again.
    retry_days integer[] NOT NULL DEFAULT '{1,3,5,7}',
    -- Days from the due date, negative before it, on which reminders are sent.
    reminder_days integer[] NOT NULL DEFAULT '{-3,0,7,14}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT policy_name_key UNIQUE (tenant_id, name),
    CONSTRAINT policy_retry_days_check CHECK (cardinality(retry_days) <= 20 AND 0 < ALL (retry_days) AND 366 > ALL (retry_days)),
    CONSTRAINT policy_reminder_days_check CHECK (cardinality(reminder_days) <= 20
        AND -91 < ALL (reminder_days) AND 366 > ALL (reminder_days))
);
CREATE UNIQUE INDEX policy_default ON collect.policy (tenant_id) WHERE is_default;
CREATE INDEX policy_created_at ON collect.policy (tenant_id, created_at, id);

CREATE TABLE collect.dunning (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    invoice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    policy_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'active' CONSTRAINT dunning_state_check
        CHECK (state IN ('active', 'resolved', 'handed_over', 'held')),
    declines integer NOT NULL DEFAULT 0,
    first_declined_on date,
    next_action_at timestamptz,
    owner_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT dunning_invoice_id_key UNIQUE (tenant_id, invoice_id),
    CONSTRAINT dunning_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT dunning_policy_id_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES collect.policy (tenant_id, id)
);
CREATE INDEX dunning_state ON collect.dunning (tenant_id, state, id);
CREATE INDEX dunning_account_id ON collect.dunning (tenant_id, account_id, id);
CREATE INDEX dunning_created_at ON collect.dunning (tenant_id, created_at, id);
CREATE INDEX dunning_policy_id ON collect.dunning (tenant_id, policy_id);

CREATE TABLE collect.reminder (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    invoice_id uuid NOT NULL,
    step text NOT NULL CONSTRAINT reminder_step_length CHECK (length(step) BETWEEN 1 AND 40),
    recipient text NOT NULL CONSTRAINT reminder_recipient_length CHECK (length(recipient) BETWEEN 3 AND 254),
    delivery_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT reminder_invoice_id_step_recipient_key UNIQUE (tenant_id, invoice_id, step, recipient),
    CONSTRAINT reminder_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id)
);

CALL base.secure_table('collect.policy', object => 'dunning_policy');
CALL base.secure_table('collect.dunning');
CALL base.secure_table('collect.reminder', audit => false, stamp => false);

GRANT SELECT ON ALL TABLES IN SCHEMA collect TO billfold_program;
GRANT INSERT, UPDATE, DELETE ON collect.policy TO billfold_api;
GRANT INSERT, UPDATE ON collect.dunning TO billfold_api, billfold_paymentd, billfold_maild, billfold_invoiced;
GRANT INSERT ON collect.reminder TO billfold_maild;
GRANT INSERT ON collect.policy TO billfold_admin;
