-- document.template_for(kind, locale): the template that speaks to such a reader: the tenant's own before the
-- default, the exact locale before its language, that before English.
CREATE FUNCTION document.template_for(p_kind text, p_locale text) RETURNS TABLE (locale text, subject text, text text, html text)
LANGUAGE sql STABLE AS $$
    SELECT t.locale, t.subject, t.text, t.html
      FROM (SELECT o.locale, o.subject, o.text, o.html, 0 AS rank FROM document.template o
             WHERE o.tenant_id = base.tenant_id() AND o.kind = p_kind AND o.archived_at IS NULL
             UNION ALL
            SELECT d.locale, d.subject, d.text, d.html, 1 FROM document.template_default d WHERE d.kind = p_kind) t
      JOIN (VALUES (p_locale, 0), (split_part(p_locale, '-', 1), 1), ('en', 2)) w (locale, rank) ON w.locale = t.locale
     ORDER BY w.rank, t.rank
     LIMIT 1
$$;

GRANT EXECUTE ON FUNCTION document.template_for(text, text) TO billfold_program;
