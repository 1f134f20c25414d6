-- document.pdf_of(invoice): where an invoice's PDF lies. No row: not made yet, or no such invoice.
CREATE FUNCTION document.pdf_of(p_invoice uuid) RETURNS TABLE (sha256 text, name text)
LANGUAGE sql STABLE AS $$
    SELECT f.sha256, f.name FROM document.file f
     WHERE f.tenant_id = base.tenant_id() AND f.object_id = p_invoice AND f.object = 'invoice' AND f.kind = 'pdf'
$$;

GRANT EXECUTE ON FUNCTION document.pdf_of(uuid) TO billfold_program;
