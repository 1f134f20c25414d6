-- A mandate ends by its payer's word or their bank's, and a processor tells so: of which method it is says its reference there.
ALTER TABLE payment.method ADD COLUMN mandate_reference text GENERATED ALWAYS AS (mandate ->> 'reference') STORED;
CREATE INDEX method_mandate_reference ON payment.method (tenant_id, processor_id, mandate_reference) WHERE mandate_reference IS NOT NULL;

ALTER TABLE connect.inbound_event DROP CONSTRAINT inbound_event_topic_check;
ALTER TABLE connect.inbound_event ADD CONSTRAINT inbound_event_topic_check
    CHECK (topic IN ('none', 'charge', 'refund', 'dispute', 'checkout', 'method', 'mandate'));
