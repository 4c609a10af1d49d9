-- What each product sold in the days that a pace is taken from: a window that moves on with the business day (`meta`, `pace_day`).
CREATE TABLE product_pace (
  product INTEGER NOT NULL, location INTEGER NOT NULL, units_milli INTEGER NOT NULL, total INTEGER NOT NULL, last_day INTEGER,
  PRIMARY KEY (product, location)
) STRICT, WITHOUT ROWID;
DELETE FROM meta WHERE key = 'pace_day';
