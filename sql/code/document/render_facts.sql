-- document.render_facts(invoice): what the PDF is made of: the document, the seller's logo, the file that is there
-- already, and which pay link it carries. No row: no such final document.
-- requires: billing.invoice_document
CREATE FUNCTION document.render_facts(p_invoice uuid) RETURNS TABLE (document json, logo_sha256 text, done boolean,
    link_generation integer)
LANGUAGE sql STABLE AS $$
    SELECT b.document,
           (SELECT f.sha256 FROM document.file f WHERE f.tenant_id = i.tenant_id AND f.kind = 'logo'
               AND f.id = (b.document #>> '{seller,logo_file_id}')::uuid AND f.media_type = 'image/png'),
           EXISTS (SELECT FROM document.file f WHERE f.tenant_id = i.tenant_id AND f.object_id = i.id
               AND f.object = 'invoice' AND f.kind = 'pdf'),
           coalesce((SELECT max(l.generation) FROM document.pay_link l
               WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id), 1)
      FROM billing.invoice i, billing.invoice_document(i.id) b
     WHERE i.tenant_id = base.tenant_id() AND i.id = p_invoice AND i.number IS NOT NULL
$$;

GRANT EXECUTE ON FUNCTION document.render_facts(uuid) TO billfold_program;
