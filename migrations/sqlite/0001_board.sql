-- What the boards of all elections consist of. Nothing here says who sent an entry, from where, or when: there is no column for it.

-- One append-only log per election. The row says how far the log has come; it moves in the same transaction that inserts leaves.
CREATE TABLE log (
    id       INTEGER PRIMARY KEY,
    election BLOB NOT NULL UNIQUE CHECK (length(election) = 32), -- SHA-256 of entry 0
    nonce    BLOB NOT NULL UNIQUE CHECK (length(nonce) = 32),    -- the manifest's; the log's keys are derived from it
    size     INTEGER NOT NULL CHECK (size >= 1),                 -- entries
    root     BLOB NOT NULL CHECK (length(root) = 32)             -- RFC 6962 root over them
) STRICT;

-- The entries, byte for byte.
CREATE TABLE leaf (
    log   INTEGER NOT NULL REFERENCES log (id),
    idx   INTEGER NOT NULL CHECK (idx >= 0),
    hash  BLOB NOT NULL CHECK (length(hash) = 32),               -- SHA-256(0x00 || bytes)
    bytes BLOB NOT NULL CHECK (length(bytes) BETWEEN 1 AND 65535),
    PRIMARY KEY (log, idx),
    UNIQUE (log, hash)                                           -- the last defence against the same entry twice
) STRICT, WITHOUT ROWID;

-- Checkpoints that were vouched for: signed by the log and, where the manifest demands it, cosigned by a quorum. All are kept,
-- because the receipt of a ballot is always built on the first one that covers it.
CREATE TABLE checkpoint (
    log  INTEGER NOT NULL REFERENCES log (id),
    size INTEGER NOT NULL CHECK (size >= 1),
    text TEXT NOT NULL,
    PRIMARY KEY (log, size)
) STRICT, WITHOUT ROWID;
