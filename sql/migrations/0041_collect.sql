-- collect: what is done about money that does not come by itself.
--
-- A policy says when a declined charge is tried again, when reminders go out, and when a person takes
-- over. An invoice in collection has one case. What is planned are schedules, what was mailed are deliveries: neither
-- is kept here a second time.

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
    -- Days from the due date on which a person takes over what is still unpaid; NULL: only when tries are used up.
    hand_over_day integer DEFAULT 21,
    -- [{currency, amount}]: what is due below it is neither charged again nor reminded of.
    thresholds jsonb NOT NULL DEFAULT '[]' CONSTRAINT policy_thresholds_check CHECK (jsonb_typeof(thresholds) = 'array'),
    -- What hand-over does to the subscription that the invoice bills.
    final_action text NOT NULL DEFAULT 'mark_unpaid' CONSTRAINT policy_final_action_check
        CHECK (final_action IN ('none', 'mark_unpaid')),
    -- Whose the case is where the account has no owner.
    collector_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT policy_name_key UNIQUE (tenant_id, name),
    CONSTRAINT policy_collector_id_fkey FOREIGN KEY (tenant_id, collector_id) REFERENCES auth.app_user (tenant_id, id),
    CONSTRAINT policy_retry_days_check CHECK (base.ascending(retry_days) AND cardinality(retry_days) <= 20
        AND 0 < ALL (retry_days) AND 366 > ALL (retry_days)),
    CONSTRAINT policy_reminder_days_check CHECK (base.ascending(reminder_days) AND cardinality(reminder_days) <= 20
        AND -91 < ALL (reminder_days) AND 366 > ALL (reminder_days)),
    -- Whoever takes over does so after the last reminder.
    CONSTRAINT policy_hand_over_day_check CHECK (hand_over_day BETWEEN 0 AND 730 AND hand_over_day > ALL (reminder_days))
);
CREATE UNIQUE INDEX policy_default ON collect.policy (tenant_id) WHERE is_default;
CREATE INDEX policy_created_at ON collect.policy (tenant_id, created_at, id);
CREATE INDEX policy_collector_id ON collect.policy (tenant_id, collector_id, id) WHERE collector_id IS NOT NULL;

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
        CHECK (state IN ('active', 'held', 'handed_over', 'resolved')),
    -- The last step that was taken: 'decline:2', 'reminder:7', 'hand_over'.
    step text CONSTRAINT dunning_step_length CHECK (length(step) BETWEEN 1 AND 40),
    declines integer NOT NULL DEFAULT 0,
    reminders integer NOT NULL DEFAULT 0,
    first_declined_on date,
    -- The retries count from here: the first decline, moved on by the days on which the plan stood still.
    plan_from date,
    -- Since when it stands still (held, handed over, nothing to charge); NULL: it runs.
    paused_on date,
    -- After a hard decline: no try until the account's default method is another than this one (NULL: until it has one).
    stopped boolean NOT NULL DEFAULT false,
    stopped_method_id uuid,
    hold_reason text CONSTRAINT dunning_hold_reason_length CHECK (length(hold_reason) <= 500),
    owner_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT dunning_invoice_id_key UNIQUE (tenant_id, invoice_id),
    CONSTRAINT dunning_quiet_check CHECK (state NOT IN ('held', 'handed_over') OR paused_on IS NOT NULL),
    CONSTRAINT dunning_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT dunning_policy_id_fkey FOREIGN KEY (tenant_id, policy_id) REFERENCES collect.policy (tenant_id, id)
);
CREATE INDEX dunning_state ON collect.dunning (tenant_id, state, id);
CREATE INDEX dunning_account_id ON collect.dunning (tenant_id, account_id, id);
CREATE INDEX dunning_created_at ON collect.dunning (tenant_id, created_at, id);
CREATE INDEX dunning_policy_id ON collect.dunning (tenant_id, policy_id, id);
CREATE INDEX dunning_owner_id ON collect.dunning (tenant_id, owner_id, id);

-- An account may name the policy that holds for it.
ALTER TABLE crm.account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.account ADD CONSTRAINT account_dunning_policy_id_fkey FOREIGN KEY (tenant_id, dunning_policy_id)
    REFERENCES collect.policy (tenant_id, id);
ALTER TABLE crm.account FORCE ROW LEVEL SECURITY;

CALL base.secure_table('collect.policy', object => 'dunning_policy');
CALL base.secure_table('collect.dunning');

GRANT SELECT ON ALL TABLES IN SCHEMA collect TO billfold_program;
GRANT INSERT, UPDATE, DELETE ON collect.policy TO billfold_api, billfold_invoiced;
GRANT INSERT, UPDATE ON collect.dunning TO billfold_api, billfold_paymentd, billfold_maild, billfold_invoiced;
GRANT INSERT ON collect.policy TO billfold_admin;
-- Hand-over and payment move the subscription too.
GRANT UPDATE (state) ON billing.subscription TO billfold_paymentd, billfold_maild;

CREATE FUNCTION collect.guard_default() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER guard_default AFTER UPDATE OR DELETE ON collect.policy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_default) EXECUTE FUNCTION collect.guard_default();
