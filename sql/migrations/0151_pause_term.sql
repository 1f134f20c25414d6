-- A pause may extend the term that runs by its days.

ALTER TABLE billing.subscription
    -- Whether the pause that is planned or runs adds its days to the term, whose end then waits for the pause's.
    ADD COLUMN pause_extends_term boolean NOT NULL DEFAULT false;
