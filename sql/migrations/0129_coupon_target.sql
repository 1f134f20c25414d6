-- Coupons for some of what is charged: certain products, or charges of a plan.

ALTER TABLE catalog.coupon
    -- NULL, both: for all of a document.
    ADD COLUMN product_ids uuid[],
    ADD COLUMN charges text[];
ALTER TABLE billing.subscription_discount
    ADD COLUMN product_ids uuid[],
    ADD COLUMN charges text[];
ALTER TABLE billing.invoice_line
    -- So much, in minor units, is taken off this line alone, besides its percent.
    ADD COLUMN discount_amount bigint CONSTRAINT invoice_line_discount_amount_check CHECK (discount_amount > 0);
