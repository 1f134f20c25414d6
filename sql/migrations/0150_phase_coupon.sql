-- Coupons of a phase: they lower within it, and go with it.

ALTER TABLE billing.subscription_discount
    -- Its days are a phase's: where that ends, moves or is taken back, so do they.
    ADD COLUMN of_phase boolean NOT NULL DEFAULT false;
