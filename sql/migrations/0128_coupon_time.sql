-- Coupons over the life of a subscription: from which bill date on one lowers, to which, and the last that it has lowered.

ALTER TABLE billing.subscription_discount
    -- The first bill date that it no longer lowers; NULL: as long as it has periods left.
    ADD COLUMN valid_to date,
    -- The last bill date that it has lowered.
    ADD COLUMN lowered_on date;
