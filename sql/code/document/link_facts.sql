-- document.link_facts(user, purpose): what a mail with a single-use link says and to whom. No row: the user is gone or
-- disabled.
-- requires: document.template_for
CREATE FUNCTION document.link_facts(p_user uuid, p_purpose text) RETURNS TABLE (facts json)
LANGUAGE sql STABLE AS $$
    SELECT json_build_object('name', u.name, 'email', u.email, 'tenant', t.name,
        'template', (SELECT to_json(x) FROM document.template_for(p_purpose, coalesce(u.locale, t.locale)) x),
        'frame', (SELECT x.html FROM document.template_for('frame', coalesce(u.locale, t.locale)) x))
      FROM auth.app_user u
      JOIN tenant.tenant t ON t.tenant_id = u.tenant_id AND t.id = u.tenant_id
     WHERE u.tenant_id = base.tenant_id() AND u.id = p_user AND u.archived_at IS NULL AND u.state <> 'disabled'
$$;

GRANT EXECUTE ON FUNCTION document.link_facts(uuid, text) TO billfold_maild;
