-- crm.create_defaults(): what a new tenant starts with: one pipeline of four stages.
CREATE OR REPLACE FUNCTION crm.create_defaults() RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_pipeline uuid := base.new_id();
BEGIN
    INSERT INTO crm.pipeline (id, name) VALUES (v_pipeline, 'Sales');
    INSERT INTO crm.stage (id, pipeline_id, name, probability, position)
    SELECT base.new_id(), v_pipeline, s.name, s.probability, s.n
      FROM (VALUES (1, 'Prospecting', 10), (2, 'Engaging', 30), (3, 'Proposal', 50), (4, 'Negotiation', 80))
           AS s (n, name, probability);
END
$$;

GRANT EXECUTE ON FUNCTION crm.create_defaults() TO billfold_admin;
