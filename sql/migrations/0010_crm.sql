-- crm: the customer record that sales, billing and collections share, and the deals that lead to it.
--
-- An account is one table of truth: there is no second customer for billing. What billing needs of
-- it (terms, tax profile, purchase orders) are typed columns. Contacts hang below accounts and may move;
-- documents keep snapshots, so that a contact that moves or goes changes no invoice.

CREATE SCHEMA crm;
GRANT USAGE ON SCHEMA crm TO billfold_program;

-- ---- accounts ----

CREATE TABLE crm.account (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_name text NOT NULL CONSTRAINT account_account_name_length CHECK (length(account_name) BETWEEN 1 AND 200),
    legal_name text NOT NULL CONSTRAINT account_legal_name_length CHECK (length(legal_name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(account_name)) STORED,
    legal_name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(legal_name)) STORED,
    email text,
    email_norm text COLLATE "C" GENERATED ALWAYS AS (lower(email)) STORED,
    phone text,
    website text,
    sector text,
    parent_id uuid,
    bill_to text NOT NULL DEFAULT 'self' CONSTRAINT account_bill_to_check CHECK (bill_to IN ('self', 'parent')),
    entity_id uuid,
    owner_id uuid,
    state text NOT NULL DEFAULT 'active' CONSTRAINT account_state_check CHECK (state IN ('active', 'closed')),
    invoice_address jsonb,
    shipping_address jsonb,
    country text COLLATE "C" GENERATED ALWAYS AS (invoice_address ->> 'country') STORED,
    currency text,
    payment_terms integer CONSTRAINT account_payment_terms_check CHECK (payment_terms BETWEEN 0 AND 365),
    billing_cycle text CONSTRAINT account_billing_cycle_check
        CHECK (billing_cycle IN ('monthly', 'quarterly', 'half_yearly', 'yearly')),
    po_required boolean NOT NULL DEFAULT false,
    po_number text,
    -- How what the account owes is collected; NULL: by the tenant's default policy.
    dunning_policy_id uuid,
    tax_id text,
    tax_id_norm text COLLATE "C" GENERATED ALWAYS AS (upper(translate(tax_id, ' .-/', ''))) STORED,
    tax_category text NOT NULL DEFAULT 'standard' CONSTRAINT account_tax_category_check
        CHECK (tax_category IN ('standard', 'exempt', 'reverse_charge')),
    exemption_reason text,
    exemption_certificate text,
    exemption_valid_to date,
    service_tier text,
    time_zone text,
    locale text,
    notes text,
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT account_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT account_entity_id_fkey FOREIGN KEY (tenant_id, entity_id) REFERENCES tenant.entity (tenant_id, id),
    CONSTRAINT account_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES auth.app_user (tenant_id, id),
    CONSTRAINT account_parent_id_check CHECK (parent_id <> id AND (bill_to = 'self' OR parent_id IS NOT NULL)),
    CONSTRAINT account_exemption_reason_check CHECK (tax_category <> 'exempt' OR exemption_reason IS NOT NULL)
);
CREATE INDEX account_created_at ON crm.account (tenant_id, created_at, id);
CREATE INDEX account_updated_at ON crm.account (tenant_id, updated_at, id);
CREATE INDEX account_name_norm ON crm.account (tenant_id, name_norm, id);
CREATE INDEX account_legal_name_norm ON crm.account (tenant_id, legal_name_norm, id);
CREATE INDEX account_account_name ON crm.account (tenant_id, account_name COLLATE "C", id);
CREATE INDEX account_legal_name ON crm.account (tenant_id, legal_name COLLATE "C", id);
CREATE INDEX account_email_norm ON crm.account (tenant_id, email_norm, id);
CREATE INDEX account_tax_id_norm ON crm.account (tenant_id, tax_id_norm, id);
CREATE INDEX account_parent_id ON crm.account (tenant_id, parent_id, id);
CREATE INDEX account_owner_id ON crm.account (tenant_id, owner_id, id);
CREATE INDEX account_entity_id ON crm.account (tenant_id, entity_id, id);
CREATE INDEX account_country ON crm.account (tenant_id, country, id);
CREATE INDEX account_state ON crm.account (tenant_id, state, id);
CREATE INDEX account_sector ON crm.account (tenant_id, sector COLLATE "C", id);
CREATE INDEX account_dunning_policy_id ON crm.account (tenant_id, dunning_policy_id, id);
CREATE INDEX account_service_tier ON crm.account (tenant_id, service_tier COLLATE "C", id);

-- ---- contacts ----

CREATE TABLE crm.contact (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT contact_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    email text,
    email_norm text COLLATE "C" GENERATED ALWAYS AS (lower(email)) STORED,
    phone text,
    title text,
    locale text,
    roles text[] NOT NULL DEFAULT '{}' CONSTRAINT contact_roles_check
        CHECK (roles <@ ARRAY['buyer', 'approver', 'billing', 'technical']),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT contact_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id)
);
CREATE INDEX contact_account_id ON crm.contact (tenant_id, account_id, id);
CREATE INDEX contact_created_at ON crm.contact (tenant_id, created_at, id);
CREATE INDEX contact_updated_at ON crm.contact (tenant_id, updated_at, id);
CREATE INDEX contact_name ON crm.contact (tenant_id, name COLLATE "C", id);
CREATE INDEX contact_name_norm ON crm.contact (tenant_id, name_norm, id);
CREATE INDEX contact_email_norm ON crm.contact (tenant_id, email_norm, id);

-- ---- locations: where goods go and services are given ----

CREATE TABLE crm.location (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT location_name_length CHECK (length(name) BETWEEN 1 AND 200),
    kind text NOT NULL DEFAULT 'ship_to' CONSTRAINT location_kind_check CHECK (kind IN ('ship_to', 'service')),
    address jsonb,
    po_number text,
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT location_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id)
);
CREATE INDEX location_account_id ON crm.location (tenant_id, account_id, id);
CREATE INDEX location_created_at ON crm.location (tenant_id, created_at, id);

-- ---- pipelines and stages ----

CREATE TABLE crm.pipeline (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    name text NOT NULL CONSTRAINT pipeline_name_length CHECK (length(name) BETWEEN 1 AND 100),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT pipeline_name_key UNIQUE (tenant_id, name)
);
CREATE INDEX pipeline_created_at ON crm.pipeline (tenant_id, created_at, id);

CREATE TABLE crm.stage (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    pipeline_id uuid NOT NULL,
    name text NOT NULL CONSTRAINT stage_name_length CHECK (length(name) BETWEEN 1 AND 100),
    probability integer NOT NULL DEFAULT 0 CONSTRAINT stage_probability_check CHECK (probability BETWEEN 0 AND 100),
    position integer NOT NULL DEFAULT 0,
    rotting_days integer CONSTRAINT stage_rotting_days_check CHECK (rotting_days BETWEEN 1 AND 3650),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT stage_pipeline_id_fkey FOREIGN KEY (tenant_id, pipeline_id) REFERENCES crm.pipeline (tenant_id, id),
    -- What a deal refers to: a stage together with its pipeline.
    CONSTRAINT stage_pipeline_id_id_key UNIQUE (tenant_id, pipeline_id, id)
);
CREATE INDEX stage_pipeline_id ON crm.stage (tenant_id, pipeline_id, position, id);
CREATE INDEX stage_created_at ON crm.stage (tenant_id, created_at, id);

-- ---- deals ----

CREATE TABLE crm.deal (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    name text NOT NULL CONSTRAINT deal_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    account_id uuid,
    contact_id uuid,
    location_id uuid,
    pipeline_id uuid NOT NULL,
    stage_id uuid NOT NULL,
    owner_id uuid,
    currency text,
    amount bigint CONSTRAINT deal_amount_check CHECK (abs(amount) <= 9007199254740991),
    discount_percent numeric CONSTRAINT deal_discount_percent_check CHECK (discount_percent BETWEEN 0 AND 100),
    engaged_on date,
    expected_close_date date,
    closed_on date,
    supply_date date,
    po_number text,
    notes text,
    state text NOT NULL DEFAULT 'open' CONSTRAINT deal_state_check CHECK (state IN ('open', 'won', 'lost')),
    win_no integer NOT NULL DEFAULT 0,
    won_at timestamptz,
    lost_reason text,
    billing_status text NOT NULL DEFAULT 'none' CONSTRAINT deal_billing_status_check
        CHECK (billing_status IN ('none', 'pending', 'draft', 'invoiced', 'partially_paid', 'paid')),
    position text COLLATE "C",
    stage_entered_at timestamptz NOT NULL DEFAULT now(),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT deal_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT deal_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES crm.contact (tenant_id, id),
    CONSTRAINT deal_location_id_fkey FOREIGN KEY (tenant_id, location_id) REFERENCES crm.location (tenant_id, id),
    CONSTRAINT deal_stage_id_fkey FOREIGN KEY (tenant_id, pipeline_id, stage_id)
        REFERENCES crm.stage (tenant_id, pipeline_id, id),
    CONSTRAINT deal_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES auth.app_user (tenant_id, id),
    CONSTRAINT deal_won_check CHECK (state <> 'won' OR (account_id IS NOT NULL AND won_at IS NOT NULL))
);
CREATE INDEX deal_created_at ON crm.deal (tenant_id, created_at, id);
CREATE INDEX deal_updated_at ON crm.deal (tenant_id, updated_at, id);
CREATE INDEX deal_account_id ON crm.deal (tenant_id, account_id, id);
CREATE INDEX deal_contact_id ON crm.deal (tenant_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX deal_location_id ON crm.deal (tenant_id, location_id) WHERE location_id IS NOT NULL;
CREATE INDEX deal_stage_id ON crm.deal (tenant_id, stage_id, position, id);
CREATE INDEX deal_pipeline_id ON crm.deal (tenant_id, pipeline_id, id);
CREATE INDEX deal_owner_id ON crm.deal (tenant_id, owner_id, id);
CREATE INDEX deal_state ON crm.deal (tenant_id, state, id);
CREATE INDEX deal_billing_status ON crm.deal (tenant_id, billing_status, id);
CREATE INDEX deal_amount ON crm.deal (tenant_id, amount, id);
CREATE INDEX deal_name ON crm.deal (tenant_id, name COLLATE "C", id);
CREATE INDEX deal_name_norm ON crm.deal (tenant_id, name_norm, id);
CREATE INDEX deal_expected_close_date ON crm.deal (tenant_id, expected_close_date, id);
CREATE INDEX deal_closed_on ON crm.deal (tenant_id, closed_on, id);

-- The same shape as an invoice's lines, so that a won deal is billed without retyping.
CREATE TABLE crm.deal_line (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    deal_id uuid NOT NULL,
    position integer NOT NULL,
    product_id uuid,
    description text NOT NULL CONSTRAINT deal_line_description_length CHECK (length(description) BETWEEN 1 AND 2000),
    quantity numeric NOT NULL DEFAULT 1 CONSTRAINT deal_line_quantity_check CHECK (quantity > 0),
    unit_price numeric NOT NULL CONSTRAINT deal_line_unit_price_check CHECK (unit_price >= 0),
    base_quantity numeric NOT NULL DEFAULT 1 CONSTRAINT deal_line_base_quantity_check CHECK (base_quantity > 0),
    unit text,
    discount_percent numeric CONSTRAINT deal_line_discount_percent_check CHECK (discount_percent BETWEEN 0 AND 100),
    tax_category text CONSTRAINT deal_line_tax_category_check CHECK (tax_category IN ('standard', 'reduced',
        'super_reduced', 'zero', 'exempt', 'outside_scope', 'reverse_charge')),
    recurring text NOT NULL DEFAULT 'none' CONSTRAINT deal_line_recurring_check
        CHECK (recurring IN ('none', 'week', 'month', 'quarter', 'half_year', 'year')),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT deal_line_deal_id_fkey FOREIGN KEY (tenant_id, deal_id)
        REFERENCES crm.deal (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX deal_line_deal_id ON crm.deal_line (tenant_id, deal_id, position);

-- ---- tasks and notes ----

CREATE TABLE crm.task (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    title text NOT NULL CONSTRAINT task_title_length CHECK (length(title) BETWEEN 1 AND 200),
    body text,
    kind text NOT NULL DEFAULT 'to_do',
    state text NOT NULL DEFAULT 'open' CONSTRAINT task_state_check CHECK (state IN ('open', 'done', 'cancelled')),
    due_date date,
    owner_id uuid,
    account_id uuid,
    deal_id uuid,
    invoice_id uuid,
    occurrences integer NOT NULL DEFAULT 1,
    -- What the machinery opened a task for: one open task a matter, later news update it.
    dedupe_key text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT task_owner_id_fkey FOREIGN KEY (tenant_id, owner_id) REFERENCES auth.app_user (tenant_id, id),
    CONSTRAINT task_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT task_deal_id_fkey FOREIGN KEY (tenant_id, deal_id) REFERENCES crm.deal (tenant_id, id)
);
CREATE UNIQUE INDEX task_dedupe_key ON crm.task (tenant_id, dedupe_key) WHERE state = 'open';
CREATE INDEX task_created_at ON crm.task (tenant_id, created_at, id);
CREATE INDEX task_state ON crm.task (tenant_id, state, id);
CREATE INDEX task_kind ON crm.task (tenant_id, kind COLLATE "C", id);
CREATE INDEX task_due_date ON crm.task (tenant_id, due_date, id);
CREATE INDEX task_owner_id ON crm.task (tenant_id, owner_id, id);
CREATE INDEX task_account_id ON crm.task (tenant_id, account_id, id);
CREATE INDEX task_deal_id ON crm.task (tenant_id, deal_id, id);
CREATE INDEX task_invoice_id ON crm.task (tenant_id, invoice_id, id);

CREATE TABLE crm.note (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    deal_id uuid,
    kind text NOT NULL DEFAULT 'note' CONSTRAINT note_kind_check CHECK (kind IN ('note', 'call', 'meeting')),
    body text NOT NULL CONSTRAINT note_body_length CHECK (length(body) BETWEEN 1 AND 20000),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT note_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT note_deal_id_fkey FOREIGN KEY (tenant_id, deal_id) REFERENCES crm.deal (tenant_id, id)
);
CREATE INDEX note_created_at ON crm.note (tenant_id, created_at, id);
CREATE INDEX note_account_id ON crm.note (tenant_id, account_id, id);
CREATE INDEX note_deal_id ON crm.note (tenant_id, deal_id, id);
CREATE INDEX note_kind ON crm.note (tenant_id, kind, id);

CALL base.secure_table('crm.account');
CALL base.secure_table('crm.contact', parent => 'crm.account(account_id)');
CALL base.secure_table('crm.location', parent => 'crm.account(account_id)');
CALL base.secure_table('crm.pipeline');
CALL base.secure_table('crm.stage', parent => 'crm.pipeline(pipeline_id)');
CALL base.secure_table('crm.deal');
CALL base.secure_table('crm.deal_line', stamp => false, parent => 'crm.deal(deal_id)');
CALL base.secure_table('crm.task');
CALL base.secure_table('crm.note');

GRANT SELECT ON ALL TABLES IN SCHEMA crm TO billfold_program;
GRANT INSERT, UPDATE, DELETE ON crm.account, crm.contact, crm.location, crm.pipeline, crm.stage, crm.deal,
    crm.deal_line, crm.task, crm.note TO billfold_api, billfold_invoiced;
GRANT INSERT ON crm.pipeline, crm.stage TO billfold_admin;
-- Tasks are opened and closed wherever work fails or succeeds; deals follow their invoices.
GRANT INSERT, UPDATE ON crm.task TO billfold_paymentd, billfold_maild, billfold_syncd, billfold_scheduler;
GRANT UPDATE ON crm.deal TO billfold_paymentd;

-- The function is code (sql/code/crm/guard_account_tree.sql) and comes after; the trigger needs a first body.
CREATE FUNCTION crm.guard_account_tree() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER guard_tree_insert AFTER INSERT ON crm.account
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION crm.guard_account_tree();
CREATE TRIGGER guard_tree_update AFTER UPDATE OF parent_id, bill_to ON crm.account
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL
        AND (NEW.parent_id, NEW.bill_to) IS DISTINCT FROM (OLD.parent_id, OLD.bill_to))
    EXECUTE FUNCTION crm.guard_account_tree();

CREATE FUNCTION crm.guard_deal_stage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER guard_stage BEFORE INSERT OR UPDATE OF pipeline_id, stage_id ON crm.deal
    FOR EACH ROW EXECUTE FUNCTION crm.guard_deal_stage();

-- What a deal was won with belongs to its documents.
CREATE FUNCTION crm.guard_won() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER guard_won BEFORE UPDATE OF account_id, currency, discount_percent ON crm.deal
    FOR EACH ROW WHEN (OLD.state = 'won' AND NEW.state = 'won' AND (OLD.account_id, OLD.currency, OLD.discount_percent)
        IS DISTINCT FROM (NEW.account_id, NEW.currency, NEW.discount_percent))
    EXECUTE FUNCTION crm.guard_won();
CREATE TRIGGER guard_won_insert AFTER INSERT ON crm.deal_line REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION crm.guard_won();
CREATE TRIGGER guard_won_update AFTER UPDATE ON crm.deal_line REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION crm.guard_won();
CREATE TRIGGER guard_won_delete AFTER DELETE ON crm.deal_line REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION crm.guard_won();
