-- renewal mails: a subscription's customer is told of a renewal by the same deliveries as of invoices, and answers come back to the same place.
--
-- What a delivery or an answer is about is told by columns of their own, so that each can be looked for.

ALTER TABLE document.template
    DROP CONSTRAINT template_kind_check,
    ADD CONSTRAINT template_kind_check CHECK (kind IN
        ('frame', 'invoice', 'reminder', 'receipt', 'payment_failed', 'subscription_renewal', 'invite', 'reset'));

ALTER TABLE document.delivery
    DROP CONSTRAINT delivery_template_check,
    ADD CONSTRAINT delivery_template_check CHECK (template IN
        ('invoice', 'reminder', 'receipt', 'payment_failed', 'subscription_renewal')),
    ADD CONSTRAINT delivery_object_check CHECK (object IN ('invoice', 'subscription')),
    ADD COLUMN invoice_id uuid GENERATED ALWAYS AS (CASE object WHEN 'invoice' THEN document_id END) STORED,
    ADD COLUMN subscription_id uuid GENERATED ALWAYS AS (CASE object WHEN 'subscription' THEN document_id END) STORED;
CREATE INDEX delivery_invoice_id ON document.delivery (tenant_id, invoice_id, id) WHERE invoice_id IS NOT NULL;
CREATE INDEX delivery_subscription_id ON document.delivery (tenant_id, subscription_id, id) WHERE subscription_id IS NOT NULL;

-- Policies bind the owner too: the check of the rows that are there stands aside from them.
ALTER TABLE document.mail NO FORCE ROW LEVEL SECURITY;
ALTER TABLE billing.subscription NO FORCE ROW LEVEL SECURITY;
ALTER TABLE document.mail
    ALTER COLUMN invoice_id DROP NOT NULL,
    ADD COLUMN subscription_id uuid,
    ADD CONSTRAINT mail_about_check CHECK (num_nonnulls(invoice_id, subscription_id) = 1),
    ADD CONSTRAINT mail_subscription_id_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES billing.subscription (tenant_id, id);
ALTER TABLE billing.subscription FORCE ROW LEVEL SECURITY;
ALTER TABLE document.mail FORCE ROW LEVEL SECURITY;
CREATE INDEX mail_subscription_id ON document.mail (tenant_id, subscription_id, id) WHERE subscription_id IS NOT NULL;
