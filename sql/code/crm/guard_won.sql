-- crm.guard_won(): what a won deal was won with belongs to its documents: account, currency, discount and lines stay as they are
-- until it is reopened, whoever writes. Hangs on deals, row by row, and on their lines, statement by statement; a line
-- that is written again as it was is no change. A deal's row is locked for the look, so that a win at the same
-- moment comes before or after.
CREATE OR REPLACE FUNCTION crm.guard_won() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    v_deals uuid[];
    v_tenant uuid;
BEGIN
    IF TG_TABLE_NAME = 'deal' THEN
        PERFORM base.raise_fields('ZBSTA', 'The deal is won, and its documents stand on this: reopen it first.',
            (SELECT jsonb_agg(jsonb_build_object('pointer', w.pointer, 'code', 'wrong_state',
                    'detail', 'Belongs to the documents of a won deal.'))
               FROM (VALUES ('/account_id', NEW.account_id IS DISTINCT FROM OLD.account_id),
                            ('/currency', NEW.currency IS DISTINCT FROM OLD.currency),
                            ('/discount_percent', NEW.discount_percent IS DISTINCT FROM OLD.discount_percent)) AS w (pointer, changed)
              WHERE w.changed));
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT n.deal_id), min(n.tenant_id::text)::uuid INTO v_deals, v_tenant FROM new_rows n;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT o.deal_id), min(o.tenant_id::text)::uuid INTO v_deals, v_tenant FROM old_rows o;
    ELSE
        SELECT array_agg(DISTINCT c.deal_id), min(c.tenant_id::text)::uuid INTO v_deals, v_tenant
          FROM ((TABLE new_rows EXCEPT TABLE old_rows) UNION (TABLE old_rows EXCEPT TABLE new_rows)) c;
    END IF;
    PERFORM 1 FROM crm.deal d
      WHERE d.tenant_id = v_tenant AND d.id = ANY (v_deals) AND d.state = 'won' ORDER BY d.id FOR NO KEY UPDATE;
    IF FOUND THEN
        PERFORM base.raise('ZBSTA', 'The deal is won, and its documents stand on its lines: reopen it first.', '/lines', 'wrong_state');
    END IF;
    RETURN NULL;
END
$$;
