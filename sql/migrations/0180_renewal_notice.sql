-- What a notice of a term's end told: that it renews, or that it ends. NULL: told before this was kept.
ALTER TABLE billing.subscription_notice ADD COLUMN renews boolean;
