-- The ledger. Plain enough for SQLite and PostgreSQL alike: texts, whole numbers, and times as seconds since 1970.

CREATE TABLE IF NOT EXISTS meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS conversations (
    id          TEXT PRIMARY KEY,
    token_hash  TEXT NOT NULL,               -- of the secret in the visitor's token
    token_key   TEXT NOT NULL,               -- which key signed it
    created_at  DOUBLE PRECISION NOT NULL,
    last_at     DOUBLE PRECISION NOT NULL,
    owner       TEXT NOT NULL DEFAULT 'bot', -- bot, waiting, navigator, closed
    epoch       BIGINT NOT NULL DEFAULT 1,   -- moves when the owner changes or a turn is given up: older results are dropped
    last_seq    BIGINT NOT NULL DEFAULT 0,
    language    TEXT NOT NULL DEFAULT 'en',
    flagged     TEXT,                        -- crisis or emergency, for the desk
    misses      BIGINT NOT NULL DEFAULT 0,   -- replies in a row that were not understood
    context     TEXT,                        -- Rasa's own, in JSON; given back with the next turn
    sender      TEXT NOT NULL                -- Rasa's name for this conversation, a new one with every turn
);

CREATE TABLE IF NOT EXISTS events (
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,            -- from 1, without a gap
    at           DOUBLE PRECISION NOT NULL,
    kind         TEXT NOT NULL,
    author       TEXT NOT NULL,
    route        TEXT,
    reply_to     BIGINT,
    client_id    TEXT,
    digest       TEXT,                       -- of what was sent under this client_id, with a key
    body         TEXT NOT NULL,              -- the event as the contract has it, in JSON
    PRIMARY KEY (conversation, seq),
    UNIQUE (conversation, client_id)
);

-- Messages that wait for the bot; at most one of a conversation is leased, and they are answered in order.
CREATE TABLE IF NOT EXISTS turns (
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    epoch        BIGINT NOT NULL,
    leased       BIGINT NOT NULL DEFAULT 0,
    deadline     DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (conversation, seq)
);

CREATE TABLE IF NOT EXISTS offers (
    conversation TEXT NOT NULL,
    choice       TEXT NOT NULL,
    title        TEXT NOT NULL,
    PRIMARY KEY (conversation, choice)
);

CREATE TABLE IF NOT EXISTS callbacks (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    at           DOUBLE PRECISION NOT NULL,
    state        TEXT NOT NULL DEFAULT 'open',
    sealed       TEXT NOT NULL               -- name, number, time and topic, encrypted
);

CREATE INDEX IF NOT EXISTS callbacks_of_conversation ON callbacks (conversation);

CREATE TABLE IF NOT EXISTS feedback (
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    at           DOUBLE PRECISION NOT NULL,
    helpful      BIGINT NOT NULL,
    comment      TEXT,
    PRIMARY KEY (conversation, seq)
);

-- Codes that open a conversation on another device, once and for ten minutes.
CREATE TABLE IF NOT EXISTS devices (
    digest       TEXT PRIMARY KEY,           -- of the code, with a key
    conversation TEXT NOT NULL,
    ends         DOUBLE PRECISION NOT NULL,
    sealed       TEXT NOT NULL               -- the visitor's token, encrypted
);

CREATE INDEX IF NOT EXISTS devices_of_conversation ON devices (conversation);

-- What is switched off: the bot, or a topic. A name that is not here is on.
CREATE TABLE IF NOT EXISTS switches (
    name   TEXT PRIMARY KEY,
    is_on  BIGINT NOT NULL,
    at     DOUBLE PRECISION NOT NULL
);

-- Erased conversations, by the hash of their id alone, so that a restored backup can be cleaned again.
CREATE TABLE IF NOT EXISTS erased (
    hash TEXT PRIMARY KEY,
    at   DOUBLE PRECISION NOT NULL
);
