-- crm.deal_win_refusals(ids): a row for each of these deals that cannot be won, with what is missing.
CREATE OR REPLACE FUNCTION crm.deal_win_refusals(p_ids uuid[])
RETURNS TABLE (id uuid, sqlstate text, detail text, pointer text)
LANGUAGE sql STABLE AS $$
    SELECT w.id, e.code, e.words, e.pointer
      FROM unnest(p_ids) AS w (id)
      LEFT JOIN LATERAL (SELECT x.* FROM crm.deal x WHERE x.tenant_id = base.tenant_id() AND x.id = w.id OFFSET 0) d ON true
      CROSS JOIN LATERAL (VALUES
          (d.id IS NULL, 'ZB404', 'There is no such deal.', NULL),
          (d.state <> 'open' OR d.archived_at IS NOT NULL, 'ZBSTA', 'The deal is not open.', '/state'),
          (d.state = 'open' AND d.account_id IS NULL, 'ZB422', 'The deal has no account.', '/account_id'),
          (d.state = 'open' AND NOT EXISTS (SELECT 1 FROM crm.deal_line l
               WHERE l.tenant_id = d.tenant_id AND l.deal_id = d.id), 'ZB422', 'The deal has no lines.', '/lines'),
          (d.state = 'open' AND EXISTS (SELECT 1 FROM crm.account a
               WHERE a.tenant_id = d.tenant_id AND a.id = d.account_id AND a.state = 'closed'),
              'ZBCLO', 'The account is closed.', '/account_id')
      ) AS e (wrong, code, words, pointer)
     WHERE e.wrong
$$;

GRANT EXECUTE ON FUNCTION crm.deal_win_refusals(uuid[]) TO billfold_program;
