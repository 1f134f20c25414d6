"""Subscriptions as rows, for tests of what bills them: what the API makes of a plan is not their matter."""
import contextlib
import uuid


def subscribe(sql, tenant, account, items, anchor, discounts=(), expect=True, **columns):
    """An active subscription from `anchor` on; an item is a dict of its columns, with a price and by the month where it says nothing."""
    ident = str(uuid.uuid4())
    row = {"id": ident, "account_id": account["id"], "entity_id": account.get("entity_id"), "currency": account.get("currency") or "EUR",
           "state": "active", "start_date": anchor, "anchor": anchor, "next_bill_on": anchor, "billing_mode": "finalize", **columns}
    with sql.cursor() as cursor:
        cursor.execute("BEGIN; SELECT api.enter(%s, 'system:test', NULL, NULL, -1, NULL)", (tenant.id,))
        if not row["entity_id"]:
            cursor.execute("SELECT default_entity_id::text FROM tenant.tenant WHERE id = %s", (tenant.id,))
            row["entity_id"] = cursor.fetchone()[0]
        insert(cursor, "billing.subscription", row)
        for n, item in enumerate(items, 1):
            insert(cursor, "billing.subscription_item", {"subscription_id": ident, "id": str(uuid.uuid4()), "position": n,
                   "description": f"Item {n}", "unit_price": "10", "recurring": "month", **item})
        for n, discount in enumerate(discounts, 1):
            insert(cursor, "billing.subscription_discount", {"subscription_id": ident, "id": str(uuid.uuid4()), "position": n,
                   "name": f"Discount {n}", **discount})
        cursor.execute("SELECT job.emit('subscription.created', 'subscription', %s)", (ident,))
        if expect:
            cursor.execute("SELECT billing.run_expect(ARRAY[%s]::uuid[])", (ident,))
        cursor.execute("COMMIT")
    return ident


def insert(cursor, table, row):
    cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))})", list(row.values()))


def look(sql, ident, *columns):
    with sql.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM billing.subscription WHERE id = %s", (ident,))
        found = cursor.fetchone()
    return found[0] if len(columns) == 1 else found


@contextlib.contextmanager
def harm(sql, ident, does):
    """Whatever writes a line of this subscription meets `does`, PL/pgSQL with the rights of the superuser."""
    name = "harm_" + uuid.uuid4().hex
    with sql.cursor() as cursor:
        cursor.execute("SELECT string_agg(quote_literal(id), ', ') FROM billing.subscription_item WHERE subscription_id = %s", (ident,))
        items = cursor.fetchone()[0]
        cursor.execute(f"CREATE FUNCTION public.{name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $harm$ BEGIN {does} RETURN NEW; END $harm$")
        cursor.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON billing.invoice_line FOR EACH ROW WHEN (NEW.subscription_item_id IN ({items}))"
                       f" EXECUTE FUNCTION public.{name}()")
    try:
        yield
    finally:
        with sql.cursor() as cursor:
            cursor.execute(f"DROP FUNCTION public.{name} CASCADE")
