-- The sandbox processor debits bank accounts too: its bank takes days of business time for that.
ALTER TABLE connect.sandbox_charge ADD COLUMN settles_at timestamptz;
ALTER TABLE connect.sandbox_charge DROP CONSTRAINT sandbox_charge_state_check;
ALTER TABLE connect.sandbox_charge ADD CONSTRAINT sandbox_charge_state_check
    CHECK (state IN ('succeeded', 'declined') OR (state = 'processing' AND settles_at IS NOT NULL));
GRANT UPDATE (state, decline_class, decline_code) ON connect.sandbox_charge TO billfold_paymentd;
