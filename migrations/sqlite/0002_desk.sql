-- The desk: what happens before an election has a board. Everything here may be lost without touching a founded election.
--
-- Tokens are 32 random bytes; only their SHA-256 is kept, and a token is found by looking its hash up. No table knows an
-- address, a session or an hour.

-- One-use tokens the operator hands out. A spent one stays, so that it is told from one that never was.
CREATE TABLE invitation (
    hash  BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    note  TEXT    NOT NULL CHECK (length(note) <= 200),
    spent INTEGER NOT NULL DEFAULT 0 CHECK (spent IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Elections that have no manifest yet, and, afterwards, whose organizer and seats theirs are. Whether one was founded is
-- not said here: the log with its nonce says it.
CREATE TABLE draft (
    id      INTEGER NOT NULL PRIMARY KEY,
    name    BLOB    NOT NULL UNIQUE CHECK (length(name) = 16),  -- in paths
    nonce   BLOB    NOT NULL UNIQUE CHECK (length(nonce) = 32), -- the manifest's
    token   BLOB    NOT NULL UNIQUE CHECK (length(token) = 32), -- hash of the organizer's
    content TEXT                                                -- JSON, once saved
) STRICT;

-- Trustees and issuers, numbered from 1 within their role, in the manifest's order.
CREATE TABLE seat (
    draft  INTEGER NOT NULL REFERENCES draft (id),
    role   TEXT    NOT NULL CHECK (role IN ('trustee', 'issuer')),
    number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 32),
    name   TEXT    NOT NULL,
    token  BLOB    NOT NULL UNIQUE CHECK (length(token) = 32),      -- hash of the holder's
    keys   TEXT,                                                    -- JSON, public halves, once sent
    PRIMARY KEY (draft, role, number)
) STRICT, WITHOUT ROWID;

-- What issuers send each other before the roll stands. Opaque; deleted at the close.
CREATE TABLE parcel (
    draft  INTEGER NOT NULL REFERENCES draft (id),
    issuer INTEGER NOT NULL CHECK (issuer BETWEEN 1 AND 2),
    name   TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    bytes  BLOB    NOT NULL CHECK (length(bytes) <= 33554432),
    PRIMARY KEY (draft, issuer, name)
) STRICT;
