-- For which groups of its organisation's members a document is; null if it is for all of them. As everything else in
-- these rows, once of the newest revision and once of that which the chunks were made of. A listing has none: it is for
-- everybody. Java keeps the bounds: 1 to 64 names of 1 to 128 characters, without control characters. Postgres parses
-- each CHECK anew for every statement that inserts.
ALTER TABLE ${schema}.document ADD COLUMN groups text[], ADD COLUMN written_groups text[];
ALTER TABLE ${schema}.listing ADD COLUMN groups text[], ADD COLUMN written_groups text[];

GRANT UPDATE (groups, written_groups) ON ${schema}.document, ${schema}.listing TO ${schema}_app;
