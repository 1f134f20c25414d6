-- document: what leaves the house: stored files, mail templates, deliveries, pay links.
--
-- A file's bytes lie outside under their SHA-256; here is what they are. A delivery is one document to one
-- recipient for one reason (step), once: who asks twice gets the same row. A pay link's token is never stored: it
-- is derived from the installation's secret, and found again by its hash.

CREATE SCHEMA document;
GRANT USAGE ON SCHEMA document TO billfold_program;

CREATE TABLE document.file (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    object text NOT NULL CONSTRAINT file_object_length CHECK (length(object) BETWEEN 1 AND 63),
    object_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT file_kind_check CHECK (kind IN ('pdf', 'logo', 'attachment')),
    name text NOT NULL CONSTRAINT file_name_length CHECK (length(name) BETWEEN 1 AND 200),
    media_type text NOT NULL CONSTRAINT file_media_type_length CHECK (length(media_type) BETWEEN 1 AND 100),
    size bigint NOT NULL CONSTRAINT file_size_check CHECK (size > 0),
    sha256 text COLLATE "C" NOT NULL CONSTRAINT file_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (tenant_id, id)
);
-- Of a final document there is one PDF, the first.
CREATE UNIQUE INDEX file_pdf_key ON document.file (tenant_id, object_id, object) WHERE kind = 'pdf';
CREATE INDEX file_object_id ON document.file (tenant_id, object_id, kind, id);
CREATE INDEX file_created_at ON document.file (tenant_id, created_at, id);

CREATE TABLE document.template (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    kind text NOT NULL CONSTRAINT template_kind_check CHECK (kind IN
        ('frame', 'invoice', 'reminder', 'receipt', 'payment_failed', 'invite', 'reset')),
    locale text NOT NULL CONSTRAINT template_locale_check CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    subject text NOT NULL DEFAULT '' CONSTRAINT template_subject_length CHECK (length(subject) <= 500),
    text text NOT NULL DEFAULT '' CONSTRAINT template_text_length CHECK (length(text) <= 50000),
    -- NULL: made of the text, set into the frame.
    html text CONSTRAINT template_html_length CHECK (length(html) <= 100000),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT template_kind_locale_key UNIQUE (tenant_id, kind, locale)
);
CREATE INDEX template_created_at ON document.template (tenant_id, created_at, id);
CREATE INDEX template_locale ON document.template (tenant_id, locale COLLATE "C", id);

-- What a tenant has who wrote none; reference data of sql/seed.
CREATE TABLE document.template_default (
    kind text NOT NULL CONSTRAINT template_default_kind_length CHECK (length(kind) BETWEEN 1 AND 40),
    locale text NOT NULL CONSTRAINT template_default_locale_length CHECK (length(locale) BETWEEN 2 AND 6),
    subject text NOT NULL CONSTRAINT template_default_subject_length CHECK (length(subject) <= 500),
    text text NOT NULL CONSTRAINT template_default_text_length CHECK (length(text) <= 50000),
    html text CONSTRAINT template_default_html_length CHECK (length(html) <= 100000),
    PRIMARY KEY (kind, locale)
);

CREATE TABLE document.delivery (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    object text NOT NULL CONSTRAINT delivery_object_length CHECK (length(object) BETWEEN 1 AND 63),
    document_id uuid NOT NULL,
    -- Why: 'invoice', 'resend:1', 'reminder:7' ...
    step text NOT NULL CONSTRAINT delivery_step_length CHECK (length(step) BETWEEN 1 AND 60),
    template text NOT NULL CONSTRAINT delivery_template_check CHECK (template IN
        ('invoice', 'reminder', 'receipt', 'payment_failed')),
    recipient text NOT NULL CONSTRAINT delivery_recipient_length CHECK (length(recipient) BETWEEN 3 AND 254),
    recipient_name text CONSTRAINT delivery_recipient_name_length CHECK (length(recipient_name) <= 200),
    -- What the template may say beyond the document's own data.
    data jsonb NOT NULL DEFAULT '{}' CONSTRAINT delivery_data_check CHECK (jsonb_typeof(data) = 'object'),
    -- Given at the first try and kept for every other: the same mail is the same mail.
    message_id text COLLATE "C" CONSTRAINT delivery_message_id_length CHECK (length(message_id) BETWEEN 3 AND 300),
    state text NOT NULL DEFAULT 'queued' CONSTRAINT delivery_state_check
        CHECK (state IN ('queued', 'sending', 'sent', 'bounced', 'unknown', 'cancelled')),
    -- The tenant's business time when it was asked for.
    business_at timestamptz NOT NULL DEFAULT base.business_now(),
    tries integer NOT NULL DEFAULT 0,
    smtp_code integer,
    reply text CONSTRAINT delivery_reply_length CHECK (length(reply) <= 500),
    sent_at timestamptz,
    -- It came back, or was refused: when, whether the address is no good (hard) or may work later, and the status of
    -- RFC 3463 where one was given.
    bounced_at timestamptz,
    bounce_class text CONSTRAINT delivery_bounce_class_check CHECK (bounce_class IN ('hard', 'soft')),
    bounce_status text CONSTRAINT delivery_bounce_status_check CHECK (bounce_status ~ '^[245]\.[0-9]{1,3}\.[0-9]{1,3}$'),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT delivery_document_id_step_recipient_key UNIQUE (tenant_id, document_id, step, recipient),
    -- What came back has been sent all the same.
    CONSTRAINT delivery_sent_check CHECK (CASE state WHEN 'sent' THEN sent_at IS NOT NULL
        WHEN 'bounced' THEN true ELSE sent_at IS NULL END),
    CONSTRAINT delivery_bounced_check CHECK ((state = 'bounced') = (bounced_at IS NOT NULL)
        AND (state = 'bounced') = (bounce_class IS NOT NULL))
);
-- Answers name it: a bounce, a reply.
CREATE UNIQUE INDEX delivery_message_id_key ON document.delivery (tenant_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX delivery_created_at ON document.delivery (tenant_id, created_at, id);
CREATE INDEX delivery_document_id ON document.delivery (tenant_id, document_id, id);
CREATE INDEX delivery_state ON document.delivery (tenant_id, state, id);

-- What came back for a delivery: an answer of a person or of a program, a report of a mail system. The delivery is
-- sure (its tag was signed); sender, subject, text and date are claims of whoever wrote it.
CREATE TABLE document.mail (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz,
    delivery_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT mail_kind_check CHECK (kind IN ('reply', 'auto_reply', 'bounce', 'delay', 'notice')),
    -- The same mail in another copy has the same: it is one row.
    message_key text COLLATE "C" NOT NULL CONSTRAINT mail_message_key_check CHECK (message_key ~ '^[0-9a-f]{64}$'),
    message_id text COLLATE "C" CONSTRAINT mail_message_id_length CHECK (length(message_id) BETWEEN 1 AND 300),
    sender text NOT NULL CONSTRAINT mail_sender_length CHECK (length(sender) <= 320),
    sender_name text NOT NULL CONSTRAINT mail_sender_name_length CHECK (length(sender_name) <= 200),
    subject text NOT NULL CONSTRAINT mail_subject_length CHECK (length(subject) <= 300),
    text text NOT NULL CONSTRAINT mail_text_length CHECK (length(text) <= 65536),
    shortened boolean NOT NULL,
    -- [{name, media_type, size}]: told of, not kept.
    attachments jsonb NOT NULL DEFAULT '[]' CONSTRAINT mail_attachments_check
        CHECK (jsonb_typeof(attachments) = 'array' AND jsonb_array_length(attachments) <= 30),
    status text CONSTRAINT mail_status_length CHECK (length(status) <= 20),
    diagnostic text CONSTRAINT mail_diagnostic_length CHECK (length(diagnostic) <= 500),
    sent_at timestamptz,
    business_at timestamptz NOT NULL DEFAULT base.business_now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT mail_message_key_key UNIQUE (tenant_id, message_key),
    CONSTRAINT mail_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES document.delivery (tenant_id, id),
    CONSTRAINT mail_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id),
    CONSTRAINT mail_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm.account (tenant_id, id)
);
CREATE INDEX mail_delivery_id ON document.mail (tenant_id, delivery_id, id);
CREATE INDEX mail_invoice_id ON document.mail (tenant_id, invoice_id, id);
CREATE INDEX mail_account_id ON document.mail (tenant_id, account_id, id);
CREATE INDEX mail_kind ON document.mail (tenant_id, kind, id);
CREATE INDEX mail_created_at ON document.mail (tenant_id, created_at, id);

-- Who looked at what a delivery brought: counters, one for each channel and kind of reader, so that a mail has a dozen rows
-- at most however often it is looked at. It says nothing of any state.
CREATE TABLE document.viewing (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    delivery_id uuid NOT NULL,
    channel text NOT NULL CONSTRAINT viewing_channel_check CHECK (channel IN ('mail', 'page', 'pdf')),
    agent text NOT NULL CONSTRAINT viewing_agent_check CHECK (agent IN ('person', 'proxy', 'program')),
    times bigint NOT NULL DEFAULT 1 CONSTRAINT viewing_times_check CHECK (times > 0),
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, delivery_id, channel, agent),
    CONSTRAINT viewing_delivery_id_fkey FOREIGN KEY (tenant_id, delivery_id) REFERENCES document.delivery (tenant_id, id)
);

CREATE TABLE document.pay_link (
    tenant_id uuid NOT NULL DEFAULT base.tenant_id(),
    invoice_id uuid NOT NULL,
    -- One more for each link that was revoked: a new one follows from it.
    generation integer NOT NULL DEFAULT 1,
    token_hash text COLLATE "C" NOT NULL CONSTRAINT pay_link_token_hash_check CHECK (token_hash ~ '^[0-9a-f]{64}$'),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, invoice_id, generation),
    CONSTRAINT pay_link_token_hash_key UNIQUE (tenant_id, token_hash),
    CONSTRAINT pay_link_invoice_id_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES billing.invoice (tenant_id, id)
);

CALL base.secure_table('document.file', audit => true, stamp => true, parent => NULL);
CALL base.secure_table('document.template', audit => true, stamp => true, parent => NULL);
CALL base.secure_table('document.delivery', audit => true, stamp => true, parent => NULL);
CALL base.secure_table('document.mail', audit => true, stamp => true, parent => NULL);
CALL base.secure_table('document.viewing', audit => false, stamp => false, parent => NULL);
CALL base.secure_table('document.pay_link', audit => false, stamp => false, parent => NULL);

GRANT SELECT ON ALL TABLES IN SCHEMA document TO billfold_program;
-- A stored file is never changed nor forgotten.
GRANT INSERT ON document.file TO billfold_api, billfold_invoiced;
GRANT INSERT, UPDATE, DELETE ON document.template TO billfold_api, billfold_invoiced;
GRANT INSERT ON document.delivery TO billfold_api, billfold_invoiced, billfold_paymentd, billfold_maild;
GRANT UPDATE ON document.delivery TO billfold_maild;
GRANT INSERT ON document.mail TO billfold_maild;
GRANT INSERT, UPDATE ON document.viewing TO billfold_api;
GRANT INSERT, UPDATE ON document.pay_link TO billfold_api, billfold_invoiced, billfold_maild;
