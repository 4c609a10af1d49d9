-- Who may do what, and who did it. A PIN is kept as Argon2id of it with a pepper that lies elsewhere.
CREATE TABLE operator (
  pk INTEGER PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL CHECK (role IN ('clerk', 'manager', 'owner')),
  pin BLOB NOT NULL, salt BLOB NOT NULL, created_at INTEGER NOT NULL, removed_at INTEGER,
  -- Wrong PINs in a row, and the milliseconds of running time that are still to pass before another may be tried.
  failures INTEGER NOT NULL DEFAULT 0, waits_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX operator_name ON operator (name) WHERE removed_at IS NULL;
-- Each entry's mark is made of the one before it under a key that lies elsewhere.
CREATE TABLE audit (
  pk INTEGER PRIMARY KEY, at INTEGER NOT NULL, operator TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL, mark BLOB NOT NULL
) STRICT;
