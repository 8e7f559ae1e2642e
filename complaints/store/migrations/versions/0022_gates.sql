-- Which changes of behaviour a case or a round follows: the event gates.passed of its journal.
ALTER TABLE complaints ADD COLUMN gates text[] NOT NULL DEFAULT '{}';
ALTER TABLE rounds ADD COLUMN gates text[] NOT NULL DEFAULT '{}';
