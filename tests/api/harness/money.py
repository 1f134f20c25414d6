"""What must hold of money whatever has happened: asked of the database past every policy, each query returning what breaks a rule.

Called after races and kills, once the product is quiet.
"""

RULES = {
    "a payment is its allocations, what is unapplied, refunded and charged back": """
        SELECT p.id, p.amount, p.unapplied, p.refunded, p.charged_back, sum(a.amount) FROM payment.payment p
          LEFT JOIN payment.allocation a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
         WHERE p.tenant_id = %(t)s GROUP BY p.tenant_id, p.id
        HAVING p.amount <> p.unapplied + p.refunded + p.charged_back + coalesce(sum(a.amount), 0) OR p.unapplied < 0""",
    "what was refunded of a payment are its refunds": """
        SELECT p.id, p.refunded, sum(r.amount) FROM payment.payment p
          LEFT JOIN payment.refund r ON r.tenant_id = p.tenant_id AND r.payment_id = p.id AND r.state <> 'failed'
         WHERE p.tenant_id = %(t)s GROUP BY p.tenant_id, p.id HAVING p.refunded <> coalesce(sum(r.amount), 0)""",
    "what was charged back of a payment are its lost disputes": """
        SELECT p.id, p.charged_back, sum(d.taken) FROM payment.payment p
          LEFT JOIN payment.dispute d ON d.tenant_id = p.tenant_id AND d.payment_id = p.id
         WHERE p.tenant_id = %(t)s GROUP BY p.tenant_id, p.id HAVING p.charged_back <> coalesce(sum(d.taken), 0)""",
    "what banks hold is what the journal says": """
        SELECT b.held, d.amount FROM (SELECT coalesce(sum(l.debit - l.credit), 0) AS held FROM ledger.line l
                WHERE l.tenant_id = %(t)s AND l.account_code = '1030') b,
             (SELECT coalesce(sum(d.withdrawn - CASE d.state WHEN 'lost' THEN d.amount ELSE 0 END), 0) AS amount FROM payment.dispute d
                WHERE d.tenant_id = %(t)s) d
         WHERE b.held <> d.amount""",
    "one refund at a time of a payment": """
        SELECT payment_id FROM payment.refund WHERE tenant_id = %(t)s AND state IN ('new', 'in_flight', 'unknown')
         GROUP BY payment_id HAVING count(*) > 1""",
    "what the sandbox gave back and what was refunded are the same": """
        SELECT s.key, r.id FROM (SELECT * FROM connect.sandbox_refund WHERE tenant_id = %(t)s AND state = 'succeeded') s
          FULL JOIN (SELECT * FROM payment.refund WHERE tenant_id = %(t)s AND processor = 'sandbox' AND state = 'succeeded') r
            ON r.id::text = s.key AND r.amount = s.amount
         WHERE (s.key IS NULL OR r.id IS NULL) AND NOT EXISTS (SELECT FROM payment.refund o WHERE o.tenant_id = %(t)s
               AND o.id::text = s.key AND o.state IN ('in_flight', 'unknown'))""",
    "never more is given back than was taken": """
        SELECT c.key, c.amount, sum(r.amount) FROM connect.sandbox_charge c
          JOIN connect.sandbox_refund r ON r.tenant_id = c.tenant_id AND r.charge_key = c.key AND r.state = 'succeeded'
         WHERE c.tenant_id = %(t)s GROUP BY c.key, c.amount HAVING sum(r.amount) > c.amount""",
    "what is to be given back and is not out yet is owed": """
        SELECT b.owed, r.amount FROM (SELECT coalesce(sum(l.credit - l.debit), 0) AS owed FROM ledger.line l
                WHERE l.tenant_id = %(t)s AND l.account_code = '2210') b,
             (SELECT coalesce(sum(r.amount), 0) AS amount FROM payment.refund r
                WHERE r.tenant_id = %(t)s AND r.state IN ('new', 'in_flight', 'unknown')) r
         WHERE b.owed <> r.amount""",
    "an invoice is paid by its allocations": """
        SELECT i.id, i.paid, sum(a.amount) FROM billing.invoice i
          LEFT JOIN payment.allocation a ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id
         WHERE i.tenant_id = %(t)s GROUP BY i.tenant_id, i.id HAVING i.paid <> coalesce(sum(a.amount), 0)""",
    "what is due follows from what settles it, and is never below zero": """
        SELECT i.id, i.status, i.amount_due FROM billing.invoice i
         WHERE i.tenant_id = %(t)s AND (i.amount_due < 0
            OR (i.status <> 'void' AND i.payable >= 0 AND i.amount_due <> i.payable - i.credited - i.paid - i.written_off)
            OR (i.status = 'paid') <> (i.number IS NOT NULL AND i.amount_due = 0 AND i.status NOT IN ('void', 'uncollectible')))""",
    "nothing is open beside money that no invoice has used": """
        SELECT i.id, i.amount_due, p.id, p.unapplied FROM billing.invoice i
          JOIN payment.payment p ON p.tenant_id = i.tenant_id AND p.account_id = i.account_id AND p.entity_id = i.entity_id
           AND p.currency = i.currency AND p.unapplied > 0
         WHERE i.tenant_id = %(t)s AND i.status IN ('open', 'partially_paid')""",
    "one attempt at a time on an invoice": """
        SELECT invoice_id FROM payment.attempt WHERE tenant_id = %(t)s AND state IN ('new', 'in_flight', 'unknown')
         GROUP BY invoice_id HAVING count(*) > 1""",
    "none is unknown for long": """
        SELECT id FROM payment.attempt WHERE tenant_id = %(t)s AND state = 'unknown' AND sent_at < now() - interval '10 minutes'""",
    "each key that a processor knows is an attempt": """
        SELECT c.key FROM connect.sandbox_charge c WHERE c.tenant_id = %(t)s
           AND NOT EXISTS (SELECT FROM payment.attempt a WHERE a.tenant_id = c.tenant_id AND a.id::text = c.key)""",
    "what a processor captured and what was received are the same": """
        SELECT c.key, p.id FROM (SELECT * FROM connect.sandbox_charge WHERE tenant_id = %(t)s AND state = 'succeeded') c
          FULL JOIN (SELECT * FROM payment.payment WHERE tenant_id = %(t)s AND attempt_id IS NOT NULL) p
            ON p.attempt_id::text = c.key AND p.amount = c.amount AND p.currency = c.currency
         WHERE c.key IS NULL OR p.id IS NULL""",
    "entries balance": """
        SELECT l.entry_id FROM ledger.line l WHERE l.tenant_id = %(t)s GROUP BY l.entry_id, l.currency
        HAVING sum(l.debit) <> sum(l.credit)""",
    "entries balance in the seller's own currency": """
        SELECT l.entry_id FROM ledger.line l WHERE l.tenant_id = %(t)s GROUP BY l.entry_id
        HAVING sum(l.base_debit) <> sum(l.base_credit) OR count(l.base_debit) NOT IN (0, count(*))""",
    "what processors kept is booked": "SELECT * FROM payment.invariant_fees() WHERE tenant_id = %(t)s",
    "what processors exchanged is booked": "SELECT * FROM payment.invariant_conversions() WHERE tenant_id = %(t)s",
    "what is open is worth what it was": "SELECT * FROM ledger.invariant_worth() WHERE tenant_id = %(t)s",
    "the receivable is what is due, the credit what is unapplied": """
        WITH books AS (
            SELECT l.customer_account_id AS account, l.currency, l.account_code AS code, sum(l.debit - l.credit) AS balance
              FROM ledger.line l WHERE l.tenant_id = %(t)s AND l.customer_account_id IS NOT NULL GROUP BY 1, 2, 3),
        documents AS (
            SELECT i.account_id AS account, i.currency, '1100' AS code, sum(i.amount_due) AS balance
              FROM billing.invoice i WHERE i.tenant_id = %(t)s AND i.number IS NOT NULL GROUP BY 1, 2
            UNION ALL
            SELECT p.account_id, p.currency, '2200', -sum(p.unapplied)
              FROM payment.payment p WHERE p.tenant_id = %(t)s GROUP BY 1, 2)
        SELECT account, currency, code, b.balance, d.balance FROM books b FULL JOIN documents d USING (account, currency, code)
         WHERE coalesce(b.balance, 0) <> coalesce(d.balance, 0)""",
}


def broken(connection, tenant, leave_out=()):
    """The rules that do not hold for a tenant, with the rows that break them."""
    found = {}
    with connection.cursor() as cursor:
        for rule, query in RULES.items():
            if rule in leave_out:
                continue
            cursor.execute(query, {"t": tenant})
            rows = cursor.fetchall()
            if rows:
                found[rule] = rows
    return found


def untold(connection, tenant):
    """Changes of a tenant that its feed does not tell, and what it tells without a change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name, id, finding FROM job.invariant_events() WHERE tenant_id = %s", (tenant,))
        return cursor.fetchall()


def check_money(connection, tenant, leave_out=()):
    assert broken(connection, tenant, leave_out) == {}
