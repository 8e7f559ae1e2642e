-- A round that ends in an approved document may be begun again within its period: who began it so, and why.

ALTER TABLE rounds ADD COLUMN again jsonb;
ALTER TABLE rounds DROP CONSTRAINT rounds_rule_period_project_department_person_key;
CREATE UNIQUE INDEX rounds_once ON rounds
    (rule, period, project, department, person, coalesce((again ->> 'nth')::integer, 1)) NULLS NOT DISTINCT;
