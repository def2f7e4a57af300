-- Voters, where an organizer gives the server their list: who they are, what the server holds for them as an issuer, and mails.
-- Everything here may be lost without touching a board. What links a line of the roll to a person goes at the close; the rest when
-- the time for appeals is over. Nothing says who has voted, and nothing holds an hour but the end of a link, rounded.

-- One list per draft.
CREATE TABLE voter_list (
    draft       INTEGER NOT NULL PRIMARY KEY REFERENCES draft (id),
    appeal_days INTEGER NOT NULL CHECK (appeal_days BETWEEN 0 AND 3650),
    stage       TEXT    NOT NULL DEFAULT 'halves' CHECK (stage IN ('halves', 'proofs', 'signatures', 'published')), -- of the roll
    trouble     TEXT,                                                         -- why the roll's last attempt stopped
    noticed     INTEGER NOT NULL DEFAULT 0 CHECK (noticed >= 0),              -- entries of the board whose notices are in the outbox
    erased      INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1))           -- halves, lines and links are gone
) STRICT;

CREATE TABLE voter (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    draft      INTEGER NOT NULL REFERENCES voter_list (draft) ON DELETE CASCADE,
    row        BLOB    NOT NULL CHECK (length(row) = 16),                     -- shared by the issuers, never published
    position   INTEGER NOT NULL,                                              -- in the list
    identifier TEXT    NOT NULL,                                              -- in its one form
    name       TEXT    NOT NULL,
    email      TEXT    NOT NULL,                                              -- empty where none is known
    language   TEXT    NOT NULL,
    weight     INTEGER NOT NULL CHECK (weight >= 1),
    college    INTEGER NOT NULL CHECK (college >= 1),
    address    TEXT    NOT NULL,
    half       BLOB,                                                          -- the server's, sealed
    line       BLOB    CHECK (length(line) = 32),                             -- current key on the roll
    mailed     TEXT    NOT NULL DEFAULT 'none' CHECK (mailed IN ('none', 'queued', 'sent', 'bounced')), -- the invitation
    problem    TEXT,                                                          -- what the other mail server said
    UNIQUE (draft, row),
    UNIQUE (draft, identifier)
) STRICT;
CREATE INDEX voter_by_email ON voter (draft, email);

-- Every key a voter's line ever had: a ballot may be on the board before its line got another key.
CREATE TABLE voter_line (
    draft INTEGER NOT NULL REFERENCES voter_list (draft) ON DELETE CASCADE,
    key   BLOB    NOT NULL CHECK (length(key) = 32),
    voter INTEGER NOT NULL REFERENCES voter (id) ON DELETE CASCADE,
    PRIMARY KEY (draft, key)
) STRICT, WITHOUT ROWID;

-- Changes of the roll that the organizer has named; one for each voter at a time.
CREATE TABLE roll_change (
    draft   INTEGER NOT NULL REFERENCES voter_list (draft) ON DELETE CASCADE,
    row     BLOB    NOT NULL CHECK (length(row) = 16),
    change  TEXT    NOT NULL CHECK (change IN ('add', 'remove', 'replace')),
    reason  TEXT    NOT NULL CHECK (reason IN ('lost', 'paper', 'error', 'admitted', 'struck')),
    line    BLOB    CHECK (length(line) = 32),                                -- the key that is removed or replaced
    half    BLOB,                                                             -- the server's new one, sealed
    done    INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    signed  INTEGER NOT NULL DEFAULT 0 CHECK (signed IN (0, 1)),              -- by the server: then it is this change or none
    trouble TEXT,
    PRIMARY KEY (draft, row)
) STRICT, WITHOUT ROWID;

-- Links and codes that were mailed and not used: hashes only, single use.
CREATE TABLE link (
    hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),           -- of the token
    voter   INTEGER NOT NULL REFERENCES voter (id) ON DELETE CASCADE,
    code    BLOB    NOT NULL CHECK (length(code) = 32),                       -- of the code, under the server's secret
    ends_s  INTEGER NOT NULL                                                  -- seconds since 1970, rounded up to ten minutes
) STRICT, WITHOUT ROWID;
CREATE INDEX link_by_voter ON link (voter);

-- How often a code was tried for an identifier, whether anybody has it or not.
CREATE TABLE code_try (
    who   BLOB    NOT NULL PRIMARY KEY CHECK (length(who) = 32),              -- of election and identifier, under the server's secret
    tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Mails that are not on their way yet. The text is made when one is sent, so no link stands here.
CREATE TABLE outbox (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    draft    INTEGER NOT NULL REFERENCES draft (id),
    kind     TEXT    NOT NULL CHECK (kind IN ('invitation', 'reminder', 'link', 'notice', 'seat')),
    voter    INTEGER REFERENCES voter (id) ON DELETE CASCADE,                 -- of all kinds but 'seat'
    role     TEXT    CHECK (role IN ('trustee', 'issuer')),                   -- of a seat
    number   INTEGER,
    tracker  BLOB    CHECK (length(tracker) = 32),                            -- of a notice
    seed     BLOB    NOT NULL CHECK (length(seed) = 16),                      -- token and code come from it and the server's secret
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_voter ON outbox (voter);

-- Where a seat's link is mailed, and what became of that.
ALTER TABLE seat ADD COLUMN email TEXT;
ALTER TABLE seat ADD COLUMN mailed TEXT NOT NULL DEFAULT 'none' CHECK (mailed IN ('none', 'queued', 'sent', 'bounced'));
ALTER TABLE seat ADD COLUMN problem TEXT;
