-- billing: invoices with their lines, taxes and numbers, and subscriptions.
--
-- One table holds every kind of invoice. A draft stores no copy of its account: the view reads payer, contact, terms
-- and tax profile through, and only overrides are stored. Finalizing writes snapshots and the number; from then on
-- content is frozen by guards whoever writes, and what moves (status, paid, delivery) keeps to its rules.

CREATE SCHEMA billing;
GRANT USAGE ON SCHEMA billing TO billfold_program, billfold_search;

-- ---- numbers: one series an entity and group of kinds, without gaps ----

CREATE TABLE billing.series (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    entity_id uuid NOT NULL,
    series_group text NOT NULL DEFAULT 'invoice' CONSTRAINT series_series_group_check
        CHECK (series_group IN ('invoice', 'credit_note', 'pro_forma')),
    -- {YYYY}, {YY} and {MM} of the issue date; {N}, {NNNNN}: the number, so many digits at least.
    pattern text NOT NULL DEFAULT 'INV-{YYYY}-{NNNNN}',
    reset text NOT NULL DEFAULT 'year' CONSTRAINT series_reset_check CHECK (reset IN ('never', 'year', 'month')),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT series_entity_id_series_group_key UNIQUE (tenant_id, entity_id, series_group),
    -- Numbers are one line, stand in subjects and differ from period to period.
    CONSTRAINT series_pattern_check CHECK (length(pattern) BETWEEN 3 AND 60 AND pattern ~ '\{N+\}' AND pattern !~ '[[:cntrl:]]'
        AND (reset = 'never' OR pattern ~ '\{YY') AND (reset <> 'month' OR pattern ~ '\{MM\}'))
);
CREATE INDEX series_created_at ON billing.series (tenant_id, created_at, id);

-- Locked last and briefly; room on the page keeps its updates in place.
CREATE TABLE billing.series_counter (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    series_id uuid NOT NULL,
    period text NOT NULL CONSTRAINT series_counter_period_length CHECK (length(period) <= 7),
    last_no bigint NOT NULL DEFAULT 0,
    last_issue_date date,
    PRIMARY KEY (tenant_id, series_id, period),
    CONSTRAINT series_counter_series_id_fkey FOREIGN KEY (tenant_id, series_id)
        REFERENCES billing.series (tenant_id, id)
) WITH (fillfactor = 50);

-- ---- invoices ----

CREATE TABLE billing.invoice (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    kind text NOT NULL DEFAULT 'standard' CONSTRAINT invoice_kind_check CHECK (kind IN
        ('standard', 'credit', 'debit', 'mixed', 'timesheet', 'pro_forma', 'interim', 'past_due')),
    status text NOT NULL DEFAULT 'draft' CONSTRAINT invoice_status_check CHECK (status IN
        ('draft', 'pending_approval', 'open', 'partially_paid', 'paid', 'uncollectible', 'void')),
    account_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    deal_id uuid,
    subscription_id uuid,
    -- The document that it credits or debits; a credit note of its own has a reason instead.
    original_invoice_id uuid,
    reason text CONSTRAINT invoice_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
    -- What becomes of what a credit note leaves over: the customer's credit, or given back.
    settle text NOT NULL DEFAULT 'credit' CONSTRAINT invoice_settle_check CHECK (settle IN ('credit', 'refund')),
    location_id uuid,
    -- Whom it goes to, where that is not the account's billing contact.
    contact_id uuid,
    owner_id uuid,
    -- Who wrote what it says: whoever made it, or changed its content last. They do not approve it.
    author text NOT NULL DEFAULT current_setting('app.actor', true)
        CONSTRAINT invoice_author_length CHECK (length(author) BETWEEN 1 AND 200),
    -- What it was made for: 'deal:{id}:one_off'. One live invoice each.
    origin text CONSTRAINT invoice_origin_length CHECK (length(origin) BETWEEN 1 AND 200),
    number text COLLATE "C" CONSTRAINT invoice_number_length CHECK (length(number) BETWEEN 1 AND 100),
    series_id uuid,
    series_period text CONSTRAINT invoice_series_period_length CHECK (length(series_period) <= 7),
    series_no bigint,
    issue_date date,
    due_date date,
    supply_date date,
    currency text NOT NULL CONSTRAINT invoice_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    exponent smallint NOT NULL CONSTRAINT invoice_exponent_check CHECK (exponent BETWEEN 0 AND 4),
    -- Base currency units for one of the document's; NULL: not known.
    exchange_rate numeric CONSTRAINT invoice_exchange_rate_check CHECK (exchange_rate > 0),
    po_number text CONSTRAINT invoice_po_number_length CHECK (length(po_number) BETWEEN 1 AND 100),
    payment_terms integer CONSTRAINT invoice_payment_terms_check CHECK (payment_terms BETWEEN 0 AND 365),
    -- The payer's address on this document alone.
    invoice_address jsonb CONSTRAINT invoice_invoice_address_check CHECK (jsonb_typeof(invoice_address) = 'object'),
    tax_mode text NOT NULL DEFAULT 'per_group' CONSTRAINT invoice_tax_mode_check
        CHECK (tax_mode IN ('per_group', 'per_line')),
    tax_inclusive boolean NOT NULL DEFAULT false,
    discount_percent numeric CONSTRAINT invoice_discount_percent_check CHECK (discount_percent BETWEEN 0 AND 100),
    discount_amount bigint NOT NULL DEFAULT 0 CONSTRAINT invoice_discount_amount_check CHECK (discount_amount >= 0),
    -- What is payable is a multiple of it, in minor units; 0: no rounding.
    cash_rounding bigint NOT NULL DEFAULT 0 CONSTRAINT invoice_cash_rounding_check
        CHECK (cash_rounding BETWEEN 0 AND 100000),
    subtotal bigint NOT NULL DEFAULT 0,
    discount_total bigint NOT NULL DEFAULT 0,
    net_total bigint NOT NULL DEFAULT 0,
    tax_total bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    rounding bigint NOT NULL DEFAULT 0,
    payable bigint NOT NULL DEFAULT 0,
    credited bigint NOT NULL DEFAULT 0 CONSTRAINT invoice_credited_check CHECK (credited >= 0),
    paid bigint NOT NULL DEFAULT 0 CONSTRAINT invoice_paid_check CHECK (paid >= 0),
    written_off bigint NOT NULL DEFAULT 0 CONSTRAINT invoice_written_off_check CHECK (written_off >= 0),
    amount_due bigint NOT NULL GENERATED ALWAYS AS (CASE WHEN status = 'void' OR payable < 0 THEN 0
        ELSE payable - credited - paid - written_off END) STORED,
    -- Snapshots of finalizing; NULL while draft.
    seller jsonb,
    payer jsonb,
    ship_to jsonb,
    contact jsonb,
    finalized_at timestamptz,
    sent_at timestamptz,
    reminded_at timestamptz,
    voided_at timestamptz,
    rederived_at timestamptz,
    delivery_status text NOT NULL DEFAULT 'none' CONSTRAINT invoice_delivery_status_check
        CHECK (delivery_status IN ('none', 'queued', 'sent', 'delivered', 'bounced', 'failed')),
    dispute_status text NOT NULL DEFAULT 'none' CONSTRAINT invoice_dispute_status_check
        CHECK (dispute_status IN ('none', 'disputed', 'won', 'lost')),
    notes text CONSTRAINT invoice_notes_length CHECK (length(notes) <= 5000),
    memo text CONSTRAINT invoice_memo_length CHECK (length(memo) <= 5000),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoice_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id),
    CONSTRAINT invoice_deal_id_fkey FOREIGN KEY (tenant_id, deal_id) REFERENCES crm.deal (tenant_id, id),
    CONSTRAINT invoice_location_id_fkey FOREIGN KEY (tenant_id, location_id)
        REFERENCES crm.location (tenant_id, id),
    -- A contact may be deleted; the document has its snapshot.
    CONSTRAINT invoice_contact_id_fkey FOREIGN KEY (tenant_id, contact_id)
        REFERENCES crm.contact (tenant_id, id) ON DELETE SET NULL (contact_id),
    CONSTRAINT invoice_total_check CHECK (total = net_total + tax_total AND payable = total + rounding
        AND abs(total) <= 9007199254740991 AND abs(payable) <= 9007199254740991),
    CONSTRAINT invoice_amount_due_check CHECK (amount_due >= 0),
    CONSTRAINT invoice_standard_check CHECK (CASE kind WHEN 'credit' THEN total <= 0 WHEN 'mixed' THEN true ELSE total >= 0 END),
    CONSTRAINT invoice_original_check CHECK (CASE kind WHEN 'credit' THEN num_nonnulls(original_invoice_id, reason) > 0
        WHEN 'debit' THEN original_invoice_id IS NOT NULL ELSE original_invoice_id IS NULL END),
    CONSTRAINT invoice_original_invoice_id_fkey FOREIGN KEY (tenant_id, original_invoice_id)
        REFERENCES billing.invoice (tenant_id, id),
    -- A final document has its number and snapshots, a draft has neither.
    CONSTRAINT invoice_final_check CHECK (CASE WHEN status IN ('draft', 'pending_approval')
        THEN num_nonnulls(number, series_id, series_period, series_no, seller, payer, contact, finalized_at) = 0
             AND paid = 0 AND credited = 0 AND written_off = 0
        ELSE num_nulls(number, series_id, series_period, series_no, seller, payer, contact, finalized_at,
                       issue_date, due_date, payment_terms) = 0 END),
    CONSTRAINT invoice_paid_status_check CHECK (CASE status WHEN 'paid' THEN amount_due = 0
        WHEN 'open' THEN amount_due > 0 AND paid = 0 WHEN 'partially_paid' THEN amount_due > 0 AND paid > 0
        WHEN 'uncollectible' THEN amount_due = 0 AND written_off > 0
        WHEN 'void' THEN paid = 0 AND credited = 0 ELSE true END)
);
CREATE UNIQUE INDEX invoice_number_key ON billing.invoice (tenant_id, number, entity_id) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoice_series_no_key ON billing.invoice (tenant_id, series_id, series_period, series_no)
    WHERE series_no IS NOT NULL;
-- What was credited in full may be billed anew.
CREATE UNIQUE INDEX invoice_origin_key ON billing.invoice (tenant_id, origin)
    WHERE origin IS NOT NULL AND status <> 'void' AND NOT (payable > 0 AND credited >= payable);
CREATE INDEX invoice_original_invoice_id ON billing.invoice (tenant_id, original_invoice_id, id) WHERE original_invoice_id IS NOT NULL;
CREATE INDEX invoice_created_at ON billing.invoice (tenant_id, created_at, id);
CREATE INDEX invoice_account_id ON billing.invoice (tenant_id, account_id, id);
-- What a customer owes; what has been paid is most of all that there is, and not looked at for it.
CREATE INDEX invoice_account_open ON billing.invoice (tenant_id, account_id, due_date, id)
    WHERE status IN ('open', 'partially_paid', 'uncollectible');
CREATE INDEX invoice_account_draft ON billing.invoice (tenant_id, account_id, id) WHERE status IN ('draft', 'pending_approval');
CREATE INDEX invoice_status ON billing.invoice (tenant_id, status, due_date, id);
CREATE INDEX invoice_issue_date ON billing.invoice (tenant_id, issue_date, id);
CREATE INDEX invoice_due_date ON billing.invoice (tenant_id, due_date, id);
CREATE INDEX invoice_deal_id ON billing.invoice (tenant_id, deal_id, id) WHERE deal_id IS NOT NULL;
CREATE INDEX invoice_contact_id ON billing.invoice (tenant_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX invoice_location_id ON billing.invoice (tenant_id, location_id) WHERE location_id IS NOT NULL;

-- One key serves the document's lines in one place; a line is never looked up without its document.
CREATE TABLE billing.invoice_line (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    invoice_id uuid NOT NULL,
    id uuid NOT NULL,
    position integer NOT NULL,
    -- Who consumed, where that is not the payer.
    account_id uuid,
    product_id uuid,
    description text NOT NULL CONSTRAINT invoice_line_description_length CHECK (length(description) BETWEEN 1 AND 2000),
    quantity numeric NOT NULL DEFAULT 1,
    unit_price numeric NOT NULL CONSTRAINT invoice_line_unit_price_check CHECK (unit_price >= 0),
    base_quantity numeric NOT NULL DEFAULT 1 CONSTRAINT invoice_line_base_quantity_check CHECK (base_quantity > 0),
    unit text CONSTRAINT invoice_line_unit_length CHECK (length(unit) BETWEEN 1 AND 40),
    discount_percent numeric CONSTRAINT invoice_line_discount_percent_check
        CHECK (discount_percent BETWEEN 0 AND 100),
    -- As asked for; NULL: the product's category, and the rate that place and date give.
    tax_category_given text CONSTRAINT invoice_line_tax_category_given_length
        CHECK (length(tax_category_given) BETWEEN 1 AND 40),
    tax_rate_given numeric CONSTRAINT invoice_line_tax_rate_given_check CHECK (tax_rate_given BETWEEN 0 AND 1000),
    -- As decided.
    tax_category text NOT NULL CONSTRAINT invoice_line_tax_category_length CHECK (length(tax_category) BETWEEN 1 AND 40),
    tax_rate numeric NOT NULL CONSTRAINT invoice_line_tax_rate_check CHECK (tax_rate BETWEEN 0 AND 1000),
    amount bigint NOT NULL,
    discount bigint NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    deal_line_id uuid,
    -- The line of a final document that it gives back of, or adds to. original_quantity: so many of its units; NULL: by amount.
    original_invoice_id uuid,
    original_line_id uuid,
    original_quantity numeric CONSTRAINT invoice_line_original_quantity_check CHECK (original_quantity > 0),
    project text CONSTRAINT invoice_line_project_length CHECK (length(project) BETWEEN 1 AND 200),
    discount_reason text CONSTRAINT invoice_line_discount_reason_length CHECK (length(discount_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (tenant_id, invoice_id, id),
    CONSTRAINT invoice_line_original_check CHECK ((original_invoice_id IS NULL) = (original_line_id IS NULL)
        AND (original_quantity IS NULL OR original_line_id IS NOT NULL)),
    CONSTRAINT invoice_line_original_line_id_fkey FOREIGN KEY (tenant_id, original_invoice_id, original_line_id)
        REFERENCES billing.invoice_line (tenant_id, invoice_id, id),
    CONSTRAINT invoice_line_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES billing.invoice (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT invoice_line_account_id_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES crm.account (tenant_id, id)
);
CREATE INDEX invoice_line_account_id ON billing.invoice_line (tenant_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX invoice_line_original ON billing.invoice_line (tenant_id, original_invoice_id, original_line_id)
    WHERE original_invoice_id IS NOT NULL;

CREATE TABLE billing.invoice_tax (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    invoice_id uuid NOT NULL,
    category text NOT NULL CONSTRAINT invoice_tax_category_length CHECK (length(category) BETWEEN 1 AND 40),
    rate numeric NOT NULL,
    name text CONSTRAINT invoice_tax_name_length CHECK (length(name) BETWEEN 1 AND 100),
    base bigint NOT NULL,
    tax bigint NOT NULL,
    PRIMARY KEY (tenant_id, invoice_id, category, rate),
    CONSTRAINT invoice_tax_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES billing.invoice (tenant_id, id) ON DELETE CASCADE
);

-- relation: what from_id is to to_id.
CREATE TABLE billing.invoice_link (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    from_id uuid NOT NULL,
    to_id uuid NOT NULL,
    relation text NOT NULL CONSTRAINT invoice_link_relation_check
        CHECK (relation IN ('credits', 'debits', 'replaces', 'converts', 'deducts', 'reminds')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, from_id, to_id, relation),
    CONSTRAINT invoice_link_from_id_fkey FOREIGN KEY (tenant_id, from_id)
        REFERENCES billing.invoice (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT invoice_link_to_id_fkey FOREIGN KEY (tenant_id, to_id) REFERENCES billing.invoice (tenant_id, id)
);
CREATE INDEX invoice_link_to_id ON billing.invoice_link (tenant_id, to_id);

-- Who has reviewed a draft, and what it said then: an approval holds for that alone.
CREATE TABLE billing.invoice_approval (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    actor text NOT NULL CONSTRAINT invoice_approval_actor_length CHECK (length(actor) BETWEEN 1 AND 200),
    actor_id text CONSTRAINT invoice_approval_actor_id_length CHECK (length(actor_id) <= 200),
    digest text NOT NULL CONSTRAINT invoice_approval_digest_check CHECK (digest ~ '^[0-9a-f]{32}$'),
    approved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoice_approval_invoice_id_actor_key UNIQUE (tenant_id, invoice_id, actor),
    CONSTRAINT invoice_approval_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES billing.invoice (tenant_id, id) ON DELETE CASCADE
);

-- ---- subscriptions ----

CREATE TABLE billing.subscription (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    account_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    deal_id uuid,
    origin text CONSTRAINT subscription_origin_length CHECK (length(origin) BETWEEN 1 AND 200),
    state text NOT NULL DEFAULT 'pending' CONSTRAINT subscription_state_check
        CHECK (state IN ('pending', 'active', 'paused', 'unpaid', 'cancelled', 'ended')),
    currency text NOT NULL CONSTRAINT subscription_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    start_date date,
    po_number text CONSTRAINT subscription_po_number_length CHECK (length(po_number) BETWEEN 1 AND 100),
    discount_percent numeric CONSTRAINT subscription_discount_percent_check
        CHECK (discount_percent BETWEEN 0 AND 100),
    notes text CONSTRAINT subscription_notes_length CHECK (length(notes) <= 5000),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT subscription_account_id_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES crm.account (tenant_id, id),
    CONSTRAINT subscription_deal_id_fkey FOREIGN KEY (tenant_id, deal_id) REFERENCES crm.deal (tenant_id, id)
);
CREATE UNIQUE INDEX subscription_origin_key ON billing.subscription (tenant_id, origin)
    WHERE origin IS NOT NULL AND state <> 'cancelled';
CREATE INDEX subscription_created_at ON billing.subscription (tenant_id, created_at, id);
CREATE INDEX subscription_account_id ON billing.subscription (tenant_id, account_id, id);
CREATE INDEX subscription_state ON billing.subscription (tenant_id, state, id);
CREATE INDEX subscription_deal_id ON billing.subscription (tenant_id, deal_id, id) WHERE deal_id IS NOT NULL;

CREATE TABLE billing.subscription_item (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    subscription_id uuid NOT NULL,
    id uuid NOT NULL,
    position integer NOT NULL,
    product_id uuid,
    description text NOT NULL CONSTRAINT subscription_item_description_length
        CHECK (length(description) BETWEEN 1 AND 2000),
    quantity numeric NOT NULL DEFAULT 1 CONSTRAINT subscription_item_quantity_check CHECK (quantity > 0),
    unit_price numeric NOT NULL CONSTRAINT subscription_item_unit_price_check CHECK (unit_price >= 0),
    base_quantity numeric NOT NULL DEFAULT 1 CONSTRAINT subscription_item_base_quantity_check
        CHECK (base_quantity > 0),
    unit text CONSTRAINT subscription_item_unit_length CHECK (length(unit) BETWEEN 1 AND 40),
    discount_percent numeric CONSTRAINT subscription_item_discount_percent_check
        CHECK (discount_percent BETWEEN 0 AND 100),
    tax_category text CONSTRAINT subscription_item_tax_category_length CHECK (length(tax_category) BETWEEN 1 AND 40),
    recurring text NOT NULL CONSTRAINT subscription_item_recurring_check
        CHECK (recurring IN ('week', 'month', 'quarter', 'half_year', 'year')),
    deal_line_id uuid,
    PRIMARY KEY (tenant_id, subscription_id, id),
    CONSTRAINT subscription_item_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES billing.subscription (tenant_id, id) ON DELETE CASCADE
);

-- ---- guards: bodies are code, sql/code/billing ----

CREATE FUNCTION billing.guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION billing.guard_credit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION billing.guard_content() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION billing.guard_series() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION billing.guard_pattern() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;

-- Named to come before the stamp: a refused change is not stamped.
CREATE TRIGGER guard_change BEFORE UPDATE ON billing.invoice
    FOR EACH ROW EXECUTE FUNCTION billing.guard_invoice();
CREATE TRIGGER guard_delete BEFORE DELETE ON billing.invoice
    FOR EACH ROW WHEN (OLD.number IS NOT NULL) EXECUTE FUNCTION billing.guard_invoice();
-- At the end of the transaction: a credit note and what it settles move by several statements.
CREATE CONSTRAINT TRIGGER guard_credit AFTER UPDATE OF status, credited ON billing.invoice DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.credited <> OLD.credited OR (NEW.kind IN ('credit', 'mixed') AND NEW.status <> OLD.status))
    EXECUTE FUNCTION billing.guard_credit();
CREATE TRIGGER guard_insert AFTER INSERT ON billing.invoice_line REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_update AFTER UPDATE ON billing.invoice_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_delete AFTER DELETE ON billing.invoice_line REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_insert AFTER INSERT ON billing.invoice_tax REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_update AFTER UPDATE ON billing.invoice_tax REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_delete AFTER DELETE ON billing.invoice_tax REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION billing.guard_content();
CREATE TRIGGER guard_change BEFORE UPDATE ON billing.series_counter
    FOR EACH ROW EXECUTE FUNCTION billing.guard_series();
CREATE TRIGGER guard_pattern BEFORE INSERT OR UPDATE OF pattern, reset ON billing.series
    FOR EACH ROW EXECUTE FUNCTION billing.guard_pattern();

CALL base.secure_table('billing.series');
CALL base.secure_table('billing.series_counter', audit => false, stamp => false);
CALL base.secure_table('billing.invoice');
-- Lines and taxes are written with their document, whose version moves with them.
CALL base.secure_table('billing.invoice_line', audit => false, stamp => false);
CALL base.secure_table('billing.invoice_tax', audit => false, stamp => false);
CALL base.secure_table('billing.invoice_approval', stamp => false, parent => 'billing.invoice(invoice_id)');
CALL base.secure_table('billing.invoice_link', audit => false, stamp => false);
CALL base.secure_table('billing.subscription');
CALL base.secure_table('billing.subscription_item', audit => false, stamp => false,
    parent => 'billing.subscription(subscription_id)');

GRANT SELECT ON ALL TABLES IN SCHEMA billing TO billfold_program, billfold_search;
GRANT INSERT, UPDATE ON billing.series, billing.series_counter TO billfold_api, billfold_invoiced;
GRANT INSERT, UPDATE, DELETE ON billing.invoice, billing.invoice_line, billing.invoice_tax, billing.invoice_link,
    billing.invoice_approval, billing.subscription, billing.subscription_item TO billfold_api, billfold_invoiced;
-- Payments and mail move what moves; the guard keeps the rest.
GRANT UPDATE ON billing.invoice TO billfold_paymentd, billfold_maild;
