-- report: what people ask of the books and documents. Functions alone, no table: a report is made from what is stored, and
-- kept nowhere.

CREATE SCHEMA report;
GRANT USAGE ON SCHEMA report TO billfold_program;
