-- What happens at the shop's own counter. What happened is kept as it happened (…_event) and never changed; what stands in member and
-- raffle is worked out from it, in the same transaction, for lists and for the warehouse.

CREATE TABLE tier (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL, position INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, retired_at INTEGER
) STRICT;

CREATE TABLE member (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  tier TEXT, status TEXT NOT NULL, price INTEGER, currency TEXT NOT NULL, period TEXT, since INTEGER, paid_through INTEGER,
  points INTEGER NOT NULL DEFAULT 0, cancel_reason TEXT,
  -- Name, phone, e-mail, card, consent: sealed. NULL once the person was erased.
  personal BLOB, erased_at INTEGER, merged_into TEXT,
  created_at INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX member_status ON member (status, paid_through);
-- Keyed hashes of what a member is found by: 1 phone, 2 card, 3 beginnings of names, 4 a customer of a source.
CREATE TABLE member_key (
  kind INTEGER NOT NULL, key BLOB NOT NULL, member INTEGER NOT NULL REFERENCES member (pk), PRIMARY KEY (kind, key, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_key_member ON member_key (member);
CREATE TABLE member_event (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, member INTEGER NOT NULL REFERENCES member (pk), number INTEGER NOT NULL,
  at INTEGER NOT NULL, day INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, operator TEXT NOT NULL,
  tier TEXT, amount INTEGER NOT NULL DEFAULT 0, refunded INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL, reason TEXT,
  UNIQUE (member, number)
) STRICT;
CREATE INDEX member_event_day ON member_event (day);
CREATE TABLE point_entry (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, member INTEGER NOT NULL REFERENCES member (pk), number INTEGER NOT NULL,
  at INTEGER NOT NULL, day INTEGER NOT NULL, body TEXT NOT NULL, operator TEXT NOT NULL,
  -- The sale on which points were earned: each earns once, whoever shows its number.
  sale TEXT,
  UNIQUE (member, number)
) STRICT;
CREATE UNIQUE INDEX point_entry_sale ON point_entry (sale) WHERE sale IS NOT NULL;

-- Verdicts. Nothing of a card: no name, number, date of birth, address or picture, and no age.
CREATE TABLE age_check (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL,
  verdict TEXT NOT NULL, reason TEXT NOT NULL, method TEXT NOT NULL, product_class TEXT NOT NULL, state TEXT,
  rules_version TEXT NOT NULL, clerk INTEGER, second INTEGER, location TEXT, took_ms INTEGER, resubmits TEXT, resubmit_reason TEXT,
  self_test INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX age_check_day ON age_check (day, hour);
-- People whom this shop turned away, as keyed hashes of their cards.
CREATE TABLE age_ban (
  pk INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, reason TEXT NOT NULL, until INTEGER, created_at INTEGER NOT NULL,
  operator TEXT NOT NULL
) STRICT;
-- Cards seen lately, as keyed hashes, where the owner wants to be told of one that comes back. Their key is another after as many
-- days as they are kept.
CREATE TABLE age_seen (hash BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX age_seen_at ON age_seen (at);
CREATE TABLE training (
  pk INTEGER PRIMARY KEY, operator INTEGER NOT NULL, course TEXT NOT NULL, day INTEGER NOT NULL, expires INTEGER,
  noted_at INTEGER NOT NULL, noted_by TEXT NOT NULL
) STRICT;

CREATE TABLE raffle (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, status TEXT NOT NULL, opens_at INTEGER, closes_at INTEGER,
  prize_value INTEGER, currency TEXT NOT NULL, entries INTEGER NOT NULL DEFAULT 0, rules_hash TEXT, seal_hash TEXT,
  -- The secret of the draw until it is told: sealed.
  secret BLOB,
  created_at INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE raffle_event (
  pk INTEGER PRIMARY KEY, raffle INTEGER NOT NULL REFERENCES raffle (pk), number INTEGER NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, body TEXT NOT NULL, operator TEXT NOT NULL, UNIQUE (raffle, number)
) STRICT;
CREATE TABLE raffle_entry (
  pk INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, raffle INTEGER NOT NULL REFERENCES raffle (pk), person TEXT NOT NULL,
  channel TEXT NOT NULL, day INTEGER NOT NULL, void_reason TEXT,
  created_at INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX raffle_entry_raffle ON raffle_entry (raffle);

-- A renamed category of Lightspeed tells no time: names are taken as they come, so none kept from before may be newer.
UPDATE category SET version = 0 WHERE source IN (SELECT pk FROM source WHERE kind = 'lightspeed_r');
