-- Receipts are looked up by stream; of those that say "nothing changed" one a stream is kept, and replies nobody points at go.
CREATE INDEX receipt_stream ON receipt (stream, kind, changed);
DELETE FROM receipt WHERE changed = 0 AND kind <> 'window' AND pk NOT IN (SELECT max(pk) FROM receipt GROUP BY stream, kind);
DELETE FROM raw_page WHERE pk NOT IN (SELECT raw_page FROM payment WHERE raw_page IS NOT NULL
  UNION SELECT raw_page FROM refund WHERE raw_page IS NOT NULL UNION SELECT raw_page FROM orders WHERE raw_page IS NOT NULL)
  AND stream IN (SELECT pk FROM stream WHERE entity IN ('payments', 'refunds', 'orders'));
