-- What a product costs and what is said about it; every sold line goes to the table of sales, those that are here already too.
ALTER TABLE product ADD COLUMN cost INTEGER;
ALTER TABLE product ADD COLUMN description TEXT;

INSERT INTO outbox (tbl, seq, row_from, row_to, day)
  SELECT 10, row_number() OVER (ORDER BY run), min(pk), max(pk), CAST(unixepoch() / 86400 AS INTEGER)
  FROM (SELECT pk, (pk - row_number() OVER (ORDER BY pk)) * 1000000000 + (row_number() OVER (ORDER BY pk)) / 1000 AS run FROM order_line)
  GROUP BY run;
INSERT INTO ledger (tbl, day, enqueued, acked, dead)
  SELECT tbl, day, sum(row_to - row_from + 1), 0, 0 FROM outbox WHERE tbl = 10 GROUP BY tbl, day;
INSERT INTO meta (key, value)
  SELECT 'outbox_seq_10', max(seq) + 1 FROM outbox WHERE tbl = 10 HAVING max(seq) IS NOT NULL;
