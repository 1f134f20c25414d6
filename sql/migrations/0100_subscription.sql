-- subscriptions: plans in versions, what a subscription charges from which day on, the runs that bill what is due.
--
-- A subscription's items carry the prices that were agreed: the catalogue may move on, and reaches a subscription by a
-- change or at its renewal. An item is what is charged from one day to another; a change ends it and begins the next of its lineage,
-- so that what was charged on any day can be told for ever. Bill dates are the starts of the items' periods, computed from the anchor;
-- next_bill_on is the first that has not been billed, and no live invoice but one names it.

-- ---- plans ----

CREATE TABLE catalog.plan (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    code text NOT NULL CONSTRAINT plan_code_length CHECK (length(code) BETWEEN 1 AND 100),
    code_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(code)) STORED,
    name text NOT NULL CONSTRAINT plan_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    description text CONSTRAINT plan_description_length CHECK (length(description) <= 2000),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT plan_code_norm_key UNIQUE (tenant_id, code_norm)
);
CREATE INDEX plan_created_at ON catalog.plan (tenant_id, created_at, id);
CREATE INDEX plan_updated_at ON catalog.plan (tenant_id, updated_at, id);
CREATE INDEX plan_name_norm ON catalog.plan (tenant_id, name_norm, id);

-- What a plan is from a day on. Never changed: a new price is a new version.
CREATE TABLE catalog.plan_version (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    plan_id uuid NOT NULL,
    -- 1, 2, 3 … of its plan.
    version_no integer NOT NULL CONSTRAINT plan_version_version_no_check CHECK (version_no > 0),
    valid_from date NOT NULL DEFAULT '1900-01-01',
    -- Whom it reaches: those who begin from then on, or those too who renew.
    applies_to text NOT NULL DEFAULT 'new' CONSTRAINT plan_version_applies_to_check CHECK (applies_to IN ('new', 'renewing')),
    recurring text NOT NULL CONSTRAINT plan_version_recurring_check
        CHECK (recurring IN ('week', 'month', 'quarter', 'half_year', 'year')),
    -- Every so many of them.
    every integer NOT NULL DEFAULT 1 CONSTRAINT plan_version_every_check CHECK (every BETWEEN 1 AND 100),
    alignment text NOT NULL DEFAULT 'anniversary' CONSTRAINT plan_version_alignment_check
        CHECK (alignment IN ('anniversary', 'calendar')),
    trial_days integer NOT NULL DEFAULT 0 CONSTRAINT plan_version_trial_days_check CHECK (trial_days BETWEEN 0 AND 730),
    -- Intervals of a term; NULL: until it is cancelled.
    term integer CONSTRAINT plan_version_term_check CHECK (term BETWEEN 1 AND 1000),
    auto_renew boolean NOT NULL DEFAULT true,
    -- Until so many days before the term's end it may be said that it does not go on.
    notice_days integer NOT NULL DEFAULT 0 CONSTRAINT plan_version_notice_days_check CHECK (notice_days BETWEEN 0 AND 365),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT plan_version_version_no_key UNIQUE (tenant_id, plan_id, version_no),
    CONSTRAINT plan_version_plan_id_fkey FOREIGN KEY (tenant_id, plan_id) REFERENCES catalog.plan (tenant_id, id)
);
CREATE INDEX plan_version_created_at ON catalog.plan_version (tenant_id, created_at, id);

CREATE TABLE catalog.plan_charge (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    plan_version_id uuid NOT NULL,
    id uuid NOT NULL,
    position integer NOT NULL,
    -- By which prices, subscriptions and later versions know it.
    code text NOT NULL CONSTRAINT plan_charge_code_length CHECK (length(code) BETWEEN 1 AND 100),
    product_id uuid,
    description text NOT NULL CONSTRAINT plan_charge_description_length CHECK (length(description) BETWEEN 1 AND 2000),
    -- Comes only to those who ask for it.
    add_on boolean NOT NULL DEFAULT false,
    quantity numeric NOT NULL DEFAULT 1 CONSTRAINT plan_charge_quantity_check CHECK (quantity > 0),
    unit text CONSTRAINT plan_charge_unit_length CHECK (length(unit) BETWEEN 1 AND 40),
    tax_category text CONSTRAINT plan_charge_tax_category_length CHECK (length(tax_category) BETWEEN 1 AND 40),
    model text NOT NULL DEFAULT 'per_unit' CONSTRAINT plan_charge_model_check
        CHECK (model IN ('flat', 'per_unit', 'graduated', 'volume', 'package')),
    PRIMARY KEY (tenant_id, plan_version_id, id),
    CONSTRAINT plan_charge_code_key UNIQUE (tenant_id, plan_version_id, code),
    CONSTRAINT plan_charge_plan_version_id_fkey FOREIGN KEY (tenant_id, plan_version_id)
        REFERENCES catalog.plan_version (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT plan_charge_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id)
);
CREATE INDEX plan_charge_product_id ON catalog.plan_charge (tenant_id, product_id) WHERE product_id IS NOT NULL;

-- The price of a charge in a currency: major units, decimals.
CREATE TABLE catalog.plan_price (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    plan_version_id uuid NOT NULL,
    id uuid NOT NULL,
    position integer NOT NULL,
    charge text NOT NULL,
    currency text NOT NULL CONSTRAINT plan_price_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    unit_price numeric NOT NULL DEFAULT 0 CONSTRAINT plan_price_unit_price_check CHECK (unit_price >= 0),
    base_quantity numeric NOT NULL DEFAULT 1 CONSTRAINT plan_price_base_quantity_check CHECK (base_quantity > 0),
    package numeric CONSTRAINT plan_price_package_check CHECK (package > 0),
    minimum numeric CONSTRAINT plan_price_minimum_check CHECK (minimum >= 0),
    -- [{"up_to": "100" or null, "unit_price": "1.00", "flat": "0"}], ascending, the last one open.
    tiers jsonb CONSTRAINT plan_price_tiers_check CHECK (jsonb_typeof(tiers) = 'array'),
    PRIMARY KEY (tenant_id, plan_version_id, id),
    CONSTRAINT plan_price_currency_key UNIQUE (tenant_id, plan_version_id, charge, currency),
    CONSTRAINT plan_price_charge_fkey FOREIGN KEY (tenant_id, plan_version_id, charge)
        REFERENCES catalog.plan_charge (tenant_id, plan_version_id, code) ON DELETE CASCADE
);

CREATE TABLE catalog.coupon (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    code text NOT NULL CONSTRAINT coupon_code_length CHECK (length(code) BETWEEN 1 AND 100),
    code_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(code)) STORED,
    name text NOT NULL CONSTRAINT coupon_name_length CHECK (length(name) BETWEEN 1 AND 200),
    -- One of the two; an amount has its currency.
    percent numeric CONSTRAINT coupon_percent_check CHECK (percent > 0 AND percent <= 100),
    amount bigint CONSTRAINT coupon_amount_check CHECK (amount > 0),
    currency text CONSTRAINT coupon_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    -- Invoices that it lowers; NULL: all.
    periods integer CONSTRAINT coupon_periods_check CHECK (periods BETWEEN 1 AND 1000),
    -- The last day on which it can be taken, and how often in all.
    valid_to date,
    redemptions_max integer CONSTRAINT coupon_redemptions_max_check CHECK (redemptions_max > 0),
    redemptions integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT coupon_code_norm_key UNIQUE (tenant_id, code_norm),
    CONSTRAINT coupon_value_check CHECK (num_nonnulls(percent, amount) = 1 AND (amount IS NULL) = (currency IS NULL)),
    CONSTRAINT coupon_redemptions_check CHECK (redemptions BETWEEN 0 AND coalesce(redemptions_max, 2147483647))
);
CREATE INDEX coupon_created_at ON catalog.coupon (tenant_id, created_at, id);

-- ---- subscriptions ----

-- Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.location NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription
    ADD COLUMN name text CONSTRAINT subscription_name_length CHECK (length(name) BETWEEN 1 AND 200),
    ADD COLUMN plan_id uuid,
    ADD COLUMN plan_version_id uuid,
    ADD COLUMN location_id uuid,
    ADD COLUMN alignment text NOT NULL DEFAULT 'anniversary' CONSTRAINT subscription_alignment_check
        CHECK (alignment IN ('anniversary', 'calendar')),
    -- From which its periods are counted; NULL: it has not begun.
    ADD COLUMN anchor date,
    -- The first day that is charged, where a trial comes before.
    ADD COLUMN trial_end date,
    -- The first bill date that has not been billed; NULL: nothing more is to come, or it stands still.
    ADD COLUMN next_bill_on date,
    ADD COLUMN term integer CONSTRAINT subscription_term_check CHECK (term BETWEEN 1 AND 1000),
    -- The first day after the term that runs.
    ADD COLUMN term_end date,
    ADD COLUMN auto_renew boolean NOT NULL DEFAULT true,
    ADD COLUMN notice_days integer NOT NULL DEFAULT 0 CONSTRAINT subscription_notice_days_check CHECK (notice_days BETWEEN 0 AND 365),
    -- The first day on which there is no service any more: the day after the last one.
    ADD COLUMN end_date date,
    ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN cancel_reason text CONSTRAINT subscription_cancel_reason_length CHECK (length(cancel_reason) BETWEEN 1 AND 1000),
    ADD COLUMN paused_on date,
    ADD COLUMN resume_on date,
    -- What becomes of what is billed: final and sent, final, or a draft that people review.
    ADD COLUMN billing_mode text NOT NULL DEFAULT 'send' CONSTRAINT subscription_billing_mode_check
        CHECK (billing_mode IN ('send', 'finalize', 'draft')),
    -- Why it is not billed until somebody has looked.
    ADD COLUMN parked_at timestamptz,
    ADD COLUMN park_code text CONSTRAINT subscription_park_code_length CHECK (length(park_code) BETWEEN 1 AND 100),
    ADD COLUMN park_reason text CONSTRAINT subscription_park_reason_length CHECK (length(park_reason) <= 2000),
    ADD CONSTRAINT subscription_plan_id_fkey FOREIGN KEY (tenant_id, plan_id) REFERENCES catalog.plan (tenant_id, id),
    ADD CONSTRAINT subscription_plan_version_id_fkey FOREIGN KEY (tenant_id, plan_version_id)
        REFERENCES catalog.plan_version (tenant_id, id),
    ADD CONSTRAINT subscription_location_id_fkey FOREIGN KEY (tenant_id, location_id) REFERENCES crm.location (tenant_id, id),
    ADD CONSTRAINT subscription_begun_check CHECK (state NOT IN ('active', 'paused', 'unpaid') OR anchor IS NOT NULL),
    ADD CONSTRAINT subscription_due_check CHECK (next_bill_on IS NULL OR (anchor IS NOT NULL AND state IN ('active', 'unpaid'))),
    ADD CONSTRAINT subscription_parked_check CHECK ((parked_at IS NULL) = (park_code IS NULL)),
    ADD CONSTRAINT subscription_paused_check CHECK (state <> 'paused' OR paused_on IS NOT NULL);
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.location FORCE ROW LEVEL SECURITY;
CREATE INDEX subscription_plan_id ON billing.subscription (tenant_id, plan_id, id) WHERE plan_id IS NOT NULL;
CREATE INDEX subscription_plan_version_id ON billing.subscription (tenant_id, plan_version_id) WHERE plan_version_id IS NOT NULL;
CREATE INDEX subscription_location_id ON billing.subscription (tenant_id, location_id) WHERE location_id IS NOT NULL;
-- What a run looks for.
CREATE INDEX subscription_due ON billing.subscription (tenant_id, next_bill_on, id) WHERE next_bill_on IS NOT NULL AND parked_at IS NULL;

ALTER TABLE billing.subscription_item
    -- What a change carries on; the id of the first of them.
    ADD COLUMN lineage uuid,
    ADD COLUMN plan_charge text CONSTRAINT subscription_item_plan_charge_length CHECK (length(plan_charge) BETWEEN 1 AND 100),
    ADD COLUMN every integer NOT NULL DEFAULT 1 CONSTRAINT subscription_item_every_check CHECK (every BETWEEN 1 AND 100),
    ADD COLUMN model text NOT NULL DEFAULT 'per_unit' CONSTRAINT subscription_item_model_check
        CHECK (model IN ('flat', 'per_unit', 'graduated', 'volume', 'package')),
    ADD COLUMN package numeric CONSTRAINT subscription_item_package_check CHECK (package > 0),
    ADD COLUMN minimum numeric CONSTRAINT subscription_item_minimum_check CHECK (minimum >= 0),
    ADD COLUMN tiers jsonb CONSTRAINT subscription_item_tiers_check CHECK (jsonb_typeof(tiers) = 'array'),
    -- It is charged for [valid_from, valid_to); NULL: from the beginning, to the end.
    ADD COLUMN valid_from date,
    ADD COLUMN valid_to date,
    ADD CONSTRAINT subscription_item_valid_check CHECK (valid_to >= valid_from);

-- Coupons and agreed discounts, in the order in which they are taken off.
CREATE TABLE billing.subscription_discount (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    id uuid NOT NULL,
    position integer NOT NULL,
    coupon_id uuid,
    name text NOT NULL CONSTRAINT subscription_discount_name_length CHECK (length(name) BETWEEN 1 AND 200),
    percent numeric CONSTRAINT subscription_discount_percent_check CHECK (percent > 0 AND percent <= 100),
    amount bigint CONSTRAINT subscription_discount_amount_check CHECK (amount > 0),
    valid_from date,
    -- Invoices that it still lowers; NULL: all.
    periods_left integer CONSTRAINT subscription_discount_periods_left_check CHECK (periods_left >= 0),
    PRIMARY KEY (tenant_id, subscription_id, id),
    CONSTRAINT subscription_discount_value_check CHECK (num_nonnulls(percent, amount) = 1),
    CONSTRAINT subscription_discount_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT subscription_discount_coupon_id_fkey FOREIGN KEY (tenant_id, coupon_id) REFERENCES catalog.coupon (tenant_id, id)
);
CREATE INDEX subscription_discount_coupon_id ON billing.subscription_discount (tenant_id, coupon_id) WHERE coupon_id IS NOT NULL;

-- That a term's end was told of, so many days before: once each.
CREATE TABLE billing.subscription_notice (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    term_end date NOT NULL,
    days_before integer NOT NULL CONSTRAINT subscription_notice_days_before_check CHECK (days_before BETWEEN 0 AND 365),
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, subscription_id, term_end, days_before),
    CONSTRAINT subscription_notice_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE
);

-- ---- what a document bills ----

-- period_start: the bill date of the subscription that it is for, half open with period_end, the next one.
ALTER TABLE billing.invoice
    ADD COLUMN period_start date,
    ADD COLUMN period_end date,
    ADD CONSTRAINT invoice_period_check CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_end > period_start
        AND (period_start IS NULL OR subscription_id IS NOT NULL));
-- A period is billed once, but for what was taken back whole.
CREATE UNIQUE INDEX invoice_subscription_period_key ON billing.invoice (tenant_id, subscription_id, period_start, kind)
    WHERE period_start IS NOT NULL AND status <> 'void' AND NOT (payable > 0 AND credited >= payable);
CREATE INDEX invoice_subscription_id ON billing.invoice (tenant_id, subscription_id, id) WHERE subscription_id IS NOT NULL;
-- The days that a line charges for, and the item that it comes of.
ALTER TABLE billing.invoice_line
    ADD COLUMN period_start date,
    ADD COLUMN period_end date,
    ADD COLUMN subscription_item_id uuid,
    ADD CONSTRAINT invoice_line_period_check CHECK ((period_start IS NULL) = (period_end IS NULL) AND period_end > period_start);

-- ---- runs ----

CREATE TABLE billing.billing_run (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    -- The tenant's business day up to which it bills.
    as_of date NOT NULL,
    state text NOT NULL DEFAULT 'running' CONSTRAINT billing_run_state_check CHECK (state IN ('running', 'finished')),
    -- Subscriptions that were due when it began.
    due bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT billing_run_finished_check CHECK ((state = 'finished') = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX billing_run_running_key ON billing.billing_run (tenant_id) WHERE state = 'running';
CREATE INDEX billing_run_created_at ON billing.billing_run (tenant_id, created_at, id);

-- A run's subscriptions, by the batch: each row is its own worker's, so that batches do not wait for each other.
CREATE TABLE billing.billing_run_batch (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    billing_run_id uuid NOT NULL,
    id uuid NOT NULL,
    -- NULL once it is done.
    subscriptions uuid[],
    billed bigint NOT NULL DEFAULT 0,
    parked bigint NOT NULL DEFAULT 0,
    done_at timestamptz,
    PRIMARY KEY (tenant_id, billing_run_id, id),
    CONSTRAINT billing_run_batch_done_check CHECK ((done_at IS NULL) = (subscriptions IS NOT NULL)),
    CONSTRAINT billing_run_batch_billing_run_id_fkey FOREIGN KEY (tenant_id, billing_run_id)
        REFERENCES billing.billing_run (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX billing_run_batch_open ON billing.billing_run_batch (tenant_id, billing_run_id) WHERE done_at IS NULL;

-- A run writes the lines of its documents before the documents, which are final from the first moment: numbers are taken
-- last, and a final document takes no lines.
ALTER TABLE billing.invoice_line ALTER CONSTRAINT invoice_line_invoice_id_fkey DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE billing.invoice_tax ALTER CONSTRAINT invoice_tax_invoice_id_fkey DEFERRABLE INITIALLY IMMEDIATE;
-- And what was paid in advance is on them from then on.
CREATE CONSTRAINT TRIGGER guard_paid_insert AFTER INSERT ON billing.invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.paid <> 0) EXECUTE FUNCTION payment.guard_allocation();

CALL base.secure_table('catalog.plan');
CALL base.secure_table('catalog.plan_version', parent => 'catalog.plan(plan_id)');
CALL base.secure_table('catalog.plan_charge', audit => false, stamp => false, parent => 'catalog.plan_version(plan_version_id)');
CALL base.secure_table('catalog.plan_price', audit => false, stamp => false, parent => 'catalog.plan_version(plan_version_id)');
CALL base.secure_table('catalog.coupon');
CALL base.secure_table('billing.subscription_discount', audit => false, stamp => false, parent => 'billing.subscription(subscription_id)');
CALL base.secure_table('billing.subscription_notice', audit => false, stamp => false, parent => 'billing.subscription(subscription_id)');
CALL base.secure_table('billing.billing_run');
CALL base.secure_table('billing.billing_run_batch', audit => false, stamp => false);

GRANT SELECT ON catalog.plan, catalog.plan_version, catalog.plan_charge, catalog.plan_price, catalog.coupon,
    billing.subscription_discount, billing.subscription_notice, billing.billing_run, billing.billing_run_batch
    TO billfold_program, billfold_search;
GRANT INSERT, UPDATE, DELETE ON catalog.plan, catalog.plan_version, catalog.plan_charge, catalog.plan_price, catalog.coupon,
    billing.subscription_discount TO billfold_api, billfold_invoiced;
GRANT INSERT ON billing.subscription_notice TO billfold_invoiced, billfold_scheduler;
GRANT INSERT, UPDATE ON billing.billing_run, billing.billing_run_batch TO billfold_api, billfold_invoiced, billfold_scheduler;

-- billing.door_due looks for tenants that have something to bill.
GRANT USAGE, CREATE ON SCHEMA billing TO billfold_door;
GRANT SELECT (tenant_id, next_bill_on, parked_at) ON billing.subscription TO billfold_door;
GRANT SELECT (tenant_id, state, started_at) ON billing.billing_run TO billfold_door;
GRANT SELECT (kind, key) ON job.schedule TO billfold_door;
