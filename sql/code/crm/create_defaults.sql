-- crm.create_defaults(ids): what a new tenant starts with: one pipeline of four stages. ids are five
-- fresh ids, the pipeline's first; called where tenants are made.
CREATE FUNCTION crm.create_defaults(p_ids uuid[]) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO crm.pipeline (id, name) VALUES (p_ids[1], 'Sales');
    INSERT INTO crm.stage (id, pipeline_id, name, probability, position)
    SELECT p_ids[s.n + 1], p_ids[1], s.name, s.probability, s.n
      FROM (VALUES (1, 'Prospecting', 10), (2, 'Engaging', 30), (3, 'Proposal', 50), (4, 'Negotiation', 80))
           AS s (n, name, probability);
END;
