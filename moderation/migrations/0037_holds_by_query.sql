ALTER TABLE moderation_legalhold ADD COLUMN category varchar(30) NOT NULL DEFAULT '';
ALTER TABLE moderation_legalhold ALTER COLUMN category DROP DEFAULT;
ALTER TABLE moderation_legalhold ADD COLUMN since timestamptz NULL;
ALTER TABLE moderation_legalhold ADD COLUMN until timestamptz NULL;
ALTER TABLE moderation_legalhold ADD CONSTRAINT hold_by_query_has_a_time CHECK (NOT (scope = 'query' AND since IS NULL AND until IS NULL));
