-- Who was reached, tries of codes by voter, and codes that go while their links stay.

-- Whether a mail has left for the voter's address: from then on the address stays, whatever becomes of later mails.
ALTER TABLE voter ADD COLUMN reached INTEGER NOT NULL DEFAULT 0 CHECK (reached IN (0, 1));
UPDATE voter SET reached = 1 WHERE mailed = 'sent';

-- Wrong codes since the voter last had none that worked, by whatever name the voter was called.
ALTER TABLE voter ADD COLUMN tries INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0);

-- After too many tries the codes go; the links, which nobody guesses, stay.
CREATE TABLE link_with_or_without_code (
    hash    BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),           -- of the token
    voter   INTEGER NOT NULL REFERENCES voter (id) ON DELETE CASCADE,
    code    BLOB    CHECK (length(code) = 32),                                -- of the code, under the server's secret
    ends_s  INTEGER NOT NULL                                                  -- seconds since 1970, rounded up to ten minutes
) STRICT, WITHOUT ROWID;
INSERT INTO link_with_or_without_code SELECT hash, voter, code, ends_s FROM link;
DROP TABLE link;
ALTER TABLE link_with_or_without_code RENAME TO link;
CREATE INDEX link_by_voter ON link (voter);

-- From now on only tries for names that nobody has.
DELETE FROM code_try;
