-- catalog: what is sold, at which price in which currency, and the tax rates of places.
--
-- A price is stored per currency and never converted from another. Price and rate are looked up by
-- date: valid_from is the first day, valid_to the last one; of several the latest valid_from counts.
-- Documents copy what they charged, so that a change here never reaches a document that is final.

CREATE SCHEMA catalog;
GRANT USAGE ON SCHEMA catalog TO billfold_program, billfold_search;

CREATE TABLE catalog.product (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    code text NOT NULL CONSTRAINT product_code_length CHECK (length(code) BETWEEN 1 AND 100),
    code_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(code)) STORED,
    name text NOT NULL CONSTRAINT product_name_length CHECK (length(name) BETWEEN 1 AND 200),
    name_norm text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(name)) STORED,
    description text CONSTRAINT product_description_length CHECK (length(description) <= 2000),
    kind text NOT NULL DEFAULT 'service' CONSTRAINT product_kind_check CHECK (kind IN ('service', 'good')),
    unit text CONSTRAINT product_unit_length CHECK (length(unit) BETWEEN 1 AND 40),
    tax_category text NOT NULL DEFAULT 'standard' CONSTRAINT product_tax_category_check
        CHECK (tax_category IN ('standard', 'reduced', 'super_reduced', 'zero', 'exempt', 'outside_scope')),
    custom jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT product_code_norm_key UNIQUE (tenant_id, code_norm)
);
CREATE INDEX product_created_at ON catalog.product (tenant_id, created_at, id);
CREATE INDEX product_updated_at ON catalog.product (tenant_id, updated_at, id);
CREATE INDEX product_name_norm ON catalog.product (tenant_id, name_norm, id);
CREATE INDEX product_code_norm ON catalog.product (tenant_id, code_norm, id);
CREATE INDEX product_kind ON catalog.product (tenant_id, kind, id);

CREATE TABLE catalog.price (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    product_id uuid NOT NULL,
    currency text NOT NULL CONSTRAINT price_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    -- Major units, for base_quantity units of the product.
    unit_price numeric NOT NULL CONSTRAINT price_unit_price_check CHECK (unit_price >= 0),
    base_quantity numeric NOT NULL DEFAULT 1 CONSTRAINT price_base_quantity_check CHECK (base_quantity > 0),
    recurring text NOT NULL DEFAULT 'none' CONSTRAINT price_recurring_check
        CHECK (recurring IN ('none', 'week', 'month', 'quarter', 'half_year', 'year')),
    valid_from date NOT NULL DEFAULT '1900-01-01',
    valid_to date,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT price_product_id_fkey FOREIGN KEY (tenant_id, product_id)
        REFERENCES catalog.product (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT price_valid_check CHECK (valid_to >= valid_from)
);
-- One price a day on which it came into force: the look-up goes down this index.
CREATE UNIQUE INDEX price_product_id_currency_key
    ON catalog.price (tenant_id, product_id, currency, recurring, valid_from) WHERE archived_at IS NULL;
CREATE INDEX price_product_id ON catalog.price (tenant_id, product_id, id);
CREATE INDEX price_currency ON catalog.price (tenant_id, currency COLLATE "C", id);
CREATE INDEX price_created_at ON catalog.price (tenant_id, created_at, id);

CREATE TABLE catalog.tax_rate (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    country text NOT NULL CONSTRAINT tax_rate_country_check CHECK (country ~ '^[A-Z]{2}$'),
    region text CONSTRAINT tax_rate_region_length CHECK (length(region) BETWEEN 1 AND 50),
    category text NOT NULL CONSTRAINT tax_rate_category_check
        CHECK (category IN ('standard', 'reduced', 'super_reduced')),
    name text CONSTRAINT tax_rate_name_length CHECK (length(name) BETWEEN 1 AND 100),
    code text CONSTRAINT tax_rate_code_length CHECK (length(code) BETWEEN 1 AND 50),
    -- Percent.
    rate numeric NOT NULL CONSTRAINT tax_rate_rate_check CHECK (rate BETWEEN 0 AND 1000),
    valid_from date NOT NULL DEFAULT '1900-01-01',
    valid_to date,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT tax_rate_valid_check CHECK (valid_to >= valid_from)
);
CREATE UNIQUE INDEX tax_rate_country_key
    ON catalog.tax_rate (tenant_id, country, coalesce(region, ''), category, valid_from) WHERE archived_at IS NULL;
CREATE INDEX tax_rate_country ON catalog.tax_rate (tenant_id, country COLLATE "C", id);
CREATE INDEX tax_rate_category ON catalog.tax_rate (tenant_id, category COLLATE "C", id);
CREATE INDEX tax_rate_created_at ON catalog.tax_rate (tenant_id, created_at, id);

-- A deal's line may name a product. Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE crm.deal_line NO FORCE ROW LEVEL SECURITY;
ALTER TABLE crm.deal_line ADD CONSTRAINT deal_line_product_id_fkey
    FOREIGN KEY (tenant_id, product_id) REFERENCES catalog.product (tenant_id, id);
ALTER TABLE crm.deal_line FORCE ROW LEVEL SECURITY;
CREATE INDEX deal_line_product_id ON crm.deal_line (tenant_id, product_id) WHERE product_id IS NOT NULL;

CALL base.secure_table('catalog.product');
CALL base.secure_table('catalog.price', parent => 'catalog.product(product_id)');
CALL base.secure_table('catalog.tax_rate');

GRANT SELECT ON ALL TABLES IN SCHEMA catalog TO billfold_program, billfold_search;
GRANT INSERT, UPDATE, DELETE ON catalog.product, catalog.price, catalog.tax_rate TO billfold_api, billfold_invoiced;
