-- billing.content_write(fresh, invoices, lines, taxes): the lines and tax groups of drafts as computed, in place of
-- those that they had; a line keeps its identity by its id. fresh: the drafts are new and have none yet. Each array is walked
-- in the list of what is selected: a function in FROM is a table of its own that is filled first, which for three lines of 28
-- arrays takes as long as their insertion.
CREATE FUNCTION billing.content_write(p_fresh boolean, p_invoices uuid[],
    l_invoice uuid[], l_id uuid[], l_position integer[], l_account uuid[], l_product uuid[], l_description text[],
    l_quantity numeric[], l_unit_price numeric[], l_base_quantity numeric[], l_unit text[],
    l_discount_percent numeric[], l_category_given text[], l_rate_given numeric[], l_category text[],
    l_rate numeric[], l_amount bigint[], l_discount bigint[], l_net bigint[], l_tax bigint[], l_deal_line uuid[],
    t_invoice uuid[], t_category text[], t_rate numeric[], t_name text[], t_base bigint[], t_tax bigint[],
    l_original_invoice uuid[] DEFAULT '{}', l_original_line uuid[] DEFAULT '{}', l_original_quantity numeric[] DEFAULT '{}',
    l_project text[] DEFAULT '{}', l_discount_reason text[] DEFAULT '{}', l_period_start date[] DEFAULT '{}',
    l_period_end date[] DEFAULT '{}', l_item uuid[] DEFAULT '{}', l_discount_amount bigint[] DEFAULT '{}')
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT p_fresh THEN
        DELETE FROM billing.invoice_line l WHERE l.tenant_id = base.tenant_id() AND l.invoice_id = ANY (p_invoices);
        DELETE FROM billing.invoice_tax x WHERE x.tenant_id = base.tenant_id() AND x.invoice_id = ANY (p_invoices);
    END IF;
    IF cardinality(l_id) > 0 THEN
        INSERT INTO billing.invoice_line (invoice_id, id, position, account_id, product_id, description, quantity,
            unit_price, base_quantity, unit, discount_percent, tax_category_given, tax_rate_given, tax_category,
            tax_rate, amount, discount, net, tax, deal_line_id, original_invoice_id, original_line_id, original_quantity, project,
            discount_reason, period_start, period_end, subscription_item_id, discount_amount)
        SELECT unnest(l_invoice), unnest(l_id), unnest(l_position), unnest(l_account), unnest(l_product),
            unnest(l_description), unnest(l_quantity), unnest(l_unit_price), unnest(l_base_quantity), unnest(l_unit),
            unnest(l_discount_percent), unnest(l_category_given), unnest(l_rate_given), unnest(l_category),
            unnest(l_rate), unnest(l_amount), unnest(l_discount), unnest(l_net), unnest(l_tax), unnest(l_deal_line),
            unnest(l_original_invoice), unnest(l_original_line), unnest(l_original_quantity), unnest(l_project),
            unnest(l_discount_reason), unnest(l_period_start), unnest(l_period_end), unnest(l_item),
            unnest(l_discount_amount);
        INSERT INTO billing.invoice_tax (invoice_id, category, rate, name, base, tax)
        SELECT unnest(t_invoice), unnest(t_category), unnest(t_rate), unnest(t_name), unnest(t_base), unnest(t_tax);
    END IF;
END
$$;

GRANT EXECUTE ON FUNCTION billing.content_write(boolean, uuid[], uuid[], uuid[], integer[], uuid[], uuid[], text[],
    numeric[], numeric[], numeric[], text[], numeric[], text[], numeric[], text[], numeric[], bigint[], bigint[],
    bigint[], bigint[], uuid[], uuid[], text[], numeric[], text[], bigint[], bigint[], uuid[], uuid[],
    numeric[], text[], text[], date[], date[], uuid[], bigint[]) TO billfold_api, billfold_invoiced;
