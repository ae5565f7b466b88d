-- How far the tables have taken over the redo log (penstock.redo): its entries up to this number are in them.
CREATE TABLE redo (
    settled INTEGER NOT NULL
) STRICT;
INSERT INTO redo (settled) VALUES (0);
