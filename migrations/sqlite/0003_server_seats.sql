-- An issuer's seat may be held by the server itself, and a seat's link may go by mail.

-- A seat of the server has a token's hash like any other, of a token that was never shown to anybody.
ALTER TABLE seat ADD COLUMN holder TEXT NOT NULL DEFAULT 'person' CHECK (holder IN ('person', 'server'));
