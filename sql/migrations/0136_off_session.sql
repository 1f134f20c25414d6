-- Whether the payer is there is said of an attempt once, when it begins: what a processor is asked does not change between tries.
ALTER TABLE payment.attempt ADD COLUMN off_session boolean NOT NULL DEFAULT false;
GRANT SELECT (off_session) ON payment.attempt TO billfold_program;
