-- A processor that settles in a currency of its own exchanges what it takes and gives back: by its own booking, once.
CREATE TABLE payment.conversion (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL DEFAULT base.new_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    payment_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT conversion_kind_check CHECK (kind IN ('charge', 'refund', 'dispute')),
    ref text NOT NULL CONSTRAINT conversion_ref_length CHECK (length(ref) BETWEEN 1 AND 255),
    -- Of the payment's currency, and what that came to in the other; below zero: it went out.
    amount bigint NOT NULL,
    settled bigint NOT NULL,
    currency text NOT NULL,
    -- What that is worth in the seller's own; no rate says it where it is not known.
    base_amount bigint,
    booked_on date NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT conversion_ref_key UNIQUE (tenant_id, payment_id, ref),
    CONSTRAINT conversion_amount_check CHECK (amount <> 0 AND settled <> 0 AND (amount > 0) = (settled > 0)),
    CONSTRAINT conversion_payment_id_fkey FOREIGN KEY (tenant_id, payment_id) REFERENCES payment.payment (tenant_id, id)
);
CALL base.secure_table('payment.conversion', audit => false, stamp => false, parent => 'payment.payment(payment_id)');
GRANT SELECT ON payment.conversion TO billfold_program;
GRANT INSERT ON payment.conversion TO billfold_paymentd;
