-- The buffer. Times are microseconds since 1970 UTC; days are business days counted from 1970-01-01;
-- amounts are minor units; quantities are thousandths of a unit.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE source (pk INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL) STRICT;

-- Short texts that repeat: payment methods, card brands, team member ids.
CREATE TABLE word (pk INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

-- ---- rows of the sources -------------------------------------------------------------------------------------
CREATE TABLE location (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL,
  name TEXT NOT NULL, time_zone TEXT, currency TEXT NOT NULL, active INTEGER NOT NULL, created_at INTEGER,
  known INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (id, source)
) STRICT;

-- Personal fields are sealed; look-ups go through keyed hashes. `known` = 0: only the id was seen so far.
CREATE TABLE customer (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL,
  sealed BLOB, email_hash BLOB, phone_hash BLOB, created_at INTEGER,
  known INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (id, source)
) STRICT;

CREATE TABLE category (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
  version INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, UNIQUE (id, source)
) STRICT;

CREATE TABLE product (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL, item_id TEXT NOT NULL, name TEXT NOT NULL,
  category_id TEXT, sku TEXT, price INTEGER, currency TEXT, archived INTEGER NOT NULL, created_at INTEGER,
  known INTEGER NOT NULL, version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (id, source)
) STRICT;

CREATE TABLE stock (
  product INTEGER NOT NULL, location INTEGER NOT NULL, quantity_milli INTEGER NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (product, location)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_member (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL, initials TEXT NOT NULL, active INTEGER NOT NULL,
  version INTEGER NOT NULL, UNIQUE (id, source)
) STRICT;

-- The bodies of the vendor's replies, compressed and sealed; a row points at its place in one.
CREATE TABLE raw_page (pk INTEGER PRIMARY KEY, stream INTEGER NOT NULL, fetched_at INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;

CREATE TABLE payment (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL,
  location INTEGER NOT NULL, customer INTEGER, order_id TEXT, status INTEGER NOT NULL,
  amount INTEGER NOT NULL, tip INTEGER NOT NULL, total INTEGER NOT NULL, refunded INTEGER NOT NULL, fee INTEGER NOT NULL,
  currency TEXT NOT NULL, method INTEGER NOT NULL, card_brand INTEGER,
  receipt_url TEXT,             -- '' stands for the vendor's usual address made from the id
  team_member INTEGER, created_at INTEGER NOT NULL, taken_at INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL,
  version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  raw_page INTEGER, raw_index INTEGER
) STRICT;
CREATE UNIQUE INDEX payment_id ON payment (id, source);
CREATE INDEX payment_taken ON payment (taken_at);

CREATE TABLE refund (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL,
  location INTEGER NOT NULL, payment_id TEXT, order_id TEXT, status INTEGER NOT NULL,
  amount INTEGER NOT NULL, currency TEXT NOT NULL, reason TEXT,
  created_at INTEGER NOT NULL, day INTEGER NOT NULL, hour INTEGER NOT NULL,
  version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  raw_page INTEGER, raw_index INTEGER
) STRICT;
CREATE UNIQUE INDEX refund_id ON refund (id, source);
CREATE INDEX refund_created ON refund (created_at);
CREATE INDEX refund_payment ON refund (payment_id);

CREATE TABLE orders (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, id TEXT NOT NULL,
  location INTEGER NOT NULL, customer INTEGER, state INTEGER NOT NULL,
  total INTEGER NOT NULL, tax INTEGER NOT NULL, discount INTEGER NOT NULL, tip INTEGER NOT NULL,
  service_charge INTEGER NOT NULL, returned INTEGER NOT NULL, currency TEXT NOT NULL, tenders TEXT NOT NULL,
  team_member INTEGER, created_at INTEGER NOT NULL, closed_at INTEGER, day INTEGER NOT NULL, hour INTEGER NOT NULL,
  version INTEGER NOT NULL, obs INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  raw_page INTEGER, raw_index INTEGER
) STRICT;
CREATE UNIQUE INDEX orders_id ON orders (id, source);

CREATE TABLE order_line (
  pk INTEGER PRIMARY KEY, order_pk INTEGER NOT NULL, uid TEXT NOT NULL, product INTEGER, name TEXT NOT NULL,
  quantity_milli INTEGER NOT NULL, unit_price INTEGER NOT NULL, gross INTEGER NOT NULL, discount INTEGER NOT NULL,
  tax INTEGER NOT NULL, total INTEGER NOT NULL, deleted INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX order_line_order ON order_line (order_pk);

-- ---- rollups: always equal to what the rows say; `doctor` recomputes and compares ------------------------------
-- location 0 stands for all locations.
CREATE TABLE sales_hour (
  day INTEGER NOT NULL, location INTEGER NOT NULL, hour INTEGER NOT NULL, currency TEXT NOT NULL,
  collected INTEGER NOT NULL, tips INTEGER NOT NULL, refunded INTEGER NOT NULL, payments INTEGER NOT NULL, refunds INTEGER NOT NULL,
  PRIMARY KEY (day, location, hour, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE sales_day (
  location INTEGER NOT NULL, day INTEGER NOT NULL, currency TEXT NOT NULL,
  collected INTEGER NOT NULL, tips INTEGER NOT NULL, refunded INTEGER NOT NULL, payments INTEGER NOT NULL, refunds INTEGER NOT NULL,
  PRIMARY KEY (location, day, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE sales_month (
  location INTEGER NOT NULL, month INTEGER NOT NULL, currency TEXT NOT NULL,
  collected INTEGER NOT NULL, tips INTEGER NOT NULL, refunded INTEGER NOT NULL, payments INTEGER NOT NULL, refunds INTEGER NOT NULL,
  PRIMARY KEY (location, month, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE method_day (
  day INTEGER NOT NULL, location INTEGER NOT NULL, method INTEGER NOT NULL, currency TEXT NOT NULL,
  collected INTEGER NOT NULL, tips INTEGER NOT NULL, payments INTEGER NOT NULL,
  PRIMARY KEY (day, location, method, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE order_day (
  day INTEGER NOT NULL, location INTEGER NOT NULL, currency TEXT NOT NULL,
  gross INTEGER NOT NULL, discount INTEGER NOT NULL, returned INTEGER NOT NULL, tax INTEGER NOT NULL,
  tip INTEGER NOT NULL, service_charge INTEGER NOT NULL, due INTEGER NOT NULL, orders INTEGER NOT NULL,
  PRIMARY KEY (day, location, currency)
) STRICT, WITHOUT ROWID;
-- product 0 stands for lines typed in by hand.
CREATE TABLE product_day (
  day INTEGER NOT NULL, product INTEGER NOT NULL, location INTEGER NOT NULL, currency TEXT NOT NULL,
  units_milli INTEGER NOT NULL, gross INTEGER NOT NULL, discount INTEGER NOT NULL, total INTEGER NOT NULL,
  PRIMARY KEY (day, product, location, currency)
) STRICT, WITHOUT ROWID;

-- Who bought when: what distinct customers are counted from.
CREATE TABLE customer_day (
  day INTEGER NOT NULL, customer INTEGER NOT NULL, location INTEGER NOT NULL, payments INTEGER NOT NULL,
  PRIMARY KEY (day, customer, location)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_month (
  month INTEGER NOT NULL, customer INTEGER NOT NULL, location INTEGER NOT NULL, payments INTEGER NOT NULL,
  PRIMARY KEY (month, customer, location)
) STRICT, WITHOUT ROWID;
CREATE TABLE customer_last (
  location INTEGER NOT NULL, customer INTEGER NOT NULL, last_day INTEGER NOT NULL,
  PRIMARY KEY (location, customer)
) STRICT, WITHOUT ROWID;
CREATE TABLE customers_in_day (
  location INTEGER NOT NULL, day INTEGER NOT NULL, customers INTEGER NOT NULL, PRIMARY KEY (location, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE customers_in_month (
  location INTEGER NOT NULL, month INTEGER NOT NULL, customers INTEGER NOT NULL, PRIMARY KEY (location, month)
) STRICT, WITHOUT ROWID;

-- A closed business day whose net changed afterwards.
CREATE TABLE restatement (
  pk INTEGER PRIMARY KEY, day INTEGER NOT NULL, at INTEGER NOT NULL, currency TEXT NOT NULL,
  old_net INTEGER NOT NULL, new_net INTEGER NOT NULL, why TEXT NOT NULL
) STRICT;

-- ---- pulling ------------------------------------------------------------------------------------------------
-- location '' stands for streams of the whole account.
CREATE TABLE stream (
  pk INTEGER PRIMARY KEY, source INTEGER NOT NULL, entity TEXT NOT NULL, location TEXT NOT NULL,
  watermark INTEGER, seen_version INTEGER, last_sweep INTEGER, history_from INTEGER, history_to INTEGER, history_done INTEGER NOT NULL DEFAULT 0,
  last_success INTEGER, last_attempt INTEGER, fault_class TEXT, fault_code TEXT, fault_message TEXT, fault_hint TEXT, fault_since INTEGER,
  UNIQUE (source, entity, location)
) STRICT;
-- Finished windows of the history; what lies between them is still to be fetched.
CREATE TABLE history_window (
  stream INTEGER NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, rows INTEGER NOT NULL,
  PRIMARY KEY (stream, to_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
  pk INTEGER PRIMARY KEY, stream INTEGER NOT NULL, kind TEXT NOT NULL, from_at INTEGER, to_at INTEGER,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, pages INTEGER NOT NULL, requests INTEGER NOT NULL,
  rows INTEGER NOT NULL, changed INTEGER NOT NULL, deleted INTEGER NOT NULL, first_id TEXT, last_id TEXT, sum INTEGER NOT NULL
) STRICT;

-- ---- delivery -----------------------------------------------------------------------------------------------
-- A run of rows (row_from..row_to by pk) of one table that changed. Order of `seq` within a table is order of change.
CREATE TABLE outbox (
  tbl INTEGER NOT NULL, seq INTEGER NOT NULL, row_from INTEGER NOT NULL, row_to INTEGER NOT NULL, day INTEGER NOT NULL,
  PRIMARY KEY (tbl, seq)
) STRICT, WITHOUT ROWID;
-- A sealed batch: its bytes never change. It covers outbox rows first_seq..last_seq of its table.
CREATE TABLE batch (
  pk INTEGER PRIMARY KEY AUTOINCREMENT, tbl INTEGER NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL,
  rows INTEGER NOT NULL, entries INTEGER NOT NULL, hash TEXT NOT NULL, first_day INTEGER, last_day INTEGER, body BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('sealed', 'sending', 'loaded', 'unknown', 'parked')),
  attempt INTEGER NOT NULL DEFAULT 0, fault_class TEXT, fault_code TEXT, fault_message TEXT, fault_hint TEXT, fault_since INTEGER, wake_at INTEGER
) STRICT;
CREATE TABLE dead_letter (
  pk INTEGER PRIMARY KEY, tbl INTEGER NOT NULL, row INTEGER NOT NULL, day INTEGER NOT NULL, at INTEGER NOT NULL, reason TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;
-- enqueued = acked + dead + what the outbox holds, per table and UTC day of enqueueing.
CREATE TABLE ledger (
  tbl INTEGER NOT NULL, day INTEGER NOT NULL, enqueued INTEGER NOT NULL, acked INTEGER NOT NULL, dead INTEGER NOT NULL,
  PRIMARY KEY (tbl, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE delivery (
  tbl INTEGER PRIMARY KEY, delivered INTEGER NOT NULL, last_at INTEGER NOT NULL
) STRICT;
CREATE TABLE warehouse_cost (
  day INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, jobs INTEGER NOT NULL
) STRICT;
