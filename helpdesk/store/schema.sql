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
    sender      TEXT NOT NULL,               -- Rasa's name for this conversation, a new one with every turn
    navigator   TEXT,                        -- the staff member who holds it, while the owner is navigator
    teaching    BIGINT NOT NULL DEFAULT 0    -- 1: the visitor agreed that staff learn from it
);

CREATE INDEX IF NOT EXISTS conversations_by_owner ON conversations (owner, last_at);

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

CREATE INDEX IF NOT EXISTS conversations_by_time ON conversations (created_at);
CREATE INDEX IF NOT EXISTS events_by_time ON events (at);

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
    state        TEXT NOT NULL DEFAULT 'open', -- open, done, given_up
    sealed       TEXT NOT NULL,              -- name, number, time and topic, encrypted
    due          DOUBLE PRECISION,           -- when to call; none: as soon as can be
    tries        BIGINT NOT NULL DEFAULT 0,
    staff        TEXT,                       -- who called last
    ended_at     DOUBLE PRECISION
);

CREATE INDEX IF NOT EXISTS callbacks_of_conversation ON callbacks (conversation);
CREATE INDEX IF NOT EXISTS callbacks_by_time ON callbacks (at);

CREATE TABLE IF NOT EXISTS feedback (
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,
    at           DOUBLE PRECISION NOT NULL,
    helpful      BIGINT NOT NULL,
    comment      TEXT,
    PRIMARY KEY (conversation, seq)
);

CREATE INDEX IF NOT EXISTS feedback_by_time ON feedback (at);

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

-- One row for each time a person was asked for. It ends answered, called_back or cancelled; `line`: nobody was on duty, and the
-- visitor was given the line and the form at once.
CREATE TABLE IF NOT EXISTS handoffs (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    asked_at     DOUBLE PRECISION NOT NULL,
    asked_seq    BIGINT NOT NULL,            -- the event that told the visitor
    reason       TEXT NOT NULL,              -- asked (the button), words, joined (a navigator came unasked), reopened
    queued_at    DOUBLE PRECISION NOT NULL,  -- when its present wait began; its place goes by asked_at
    claimed_at   DOUBLE PRECISION,           -- the first claim
    answered_at  DOUBLE PRECISION,           -- the navigator's first reply
    told_at      DOUBLE PRECISION,           -- when the next step was offered, because nobody had come
    ended_at     DOUBLE PRECISION,
    ended        TEXT,                       -- answered, called_back, cancelled, line
    outcome      TEXT                        -- what the navigator said of it when closing
);

CREATE INDEX IF NOT EXISTS handoffs_of_conversation ON handoffs (conversation);
CREATE INDEX IF NOT EXISTS handoffs_by_time ON handoffs (asked_at);

-- What staff write to each other about a conversation; no visitor ever reads it.
CREATE TABLE IF NOT EXISTS notes (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    at           DOUBLE PRECISION NOT NULL,
    staff        TEXT NOT NULL,
    text         TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS notes_of_conversation ON notes (conversation);

CREATE TABLE IF NOT EXISTS staff (
    id          TEXT PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE,        -- an e-mail address, in lower case
    name        TEXT NOT NULL,               -- as visitors and colleagues read it
    roles       TEXT NOT NULL,               -- of navigator, author, approver, admin; separated by spaces
    password    TEXT,                        -- argon2id; none until the first sign-in link was used
    active      BIGINT NOT NULL DEFAULT 1,
    created_at  DOUBLE PRECISION NOT NULL,
    on_duty     BIGINT NOT NULL DEFAULT 0,
    seen_at     DOUBLE PRECISION NOT NULL DEFAULT 0, -- when a page of the desk was last open
    options     TEXT NOT NULL DEFAULT '{}'   -- what they chose for themselves, in JSON
);

CREATE TABLE IF NOT EXISTS sessions (
    hash     TEXT PRIMARY KEY,               -- of the cookie
    staff    TEXT NOT NULL,
    began_at DOUBLE PRECISION NOT NULL,
    seen_at  DOUBLE PRECISION NOT NULL
);

CREATE INDEX IF NOT EXISTS sessions_of_staff ON sessions (staff);

-- One-time sign-in links.
CREATE TABLE IF NOT EXISTS links (
    hash   TEXT PRIMARY KEY,
    staff  TEXT NOT NULL,
    ends   DOUBLE PRECISION NOT NULL
);

-- Who did what; rows are only ever added.
CREATE TABLE IF NOT EXISTS audit (
    id           TEXT PRIMARY KEY,
    at           DOUBLE PRECISION NOT NULL,
    staff        TEXT,                       -- none: the command line, or the help desk itself
    action       TEXT NOT NULL,
    subject      TEXT,                       -- a hash of the conversation's id, or the id of a callback or of a staff member
    detail       TEXT
);

CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at);

-- What is to be told to other programs and by other ways; written in the transaction that it tells of.
CREATE TABLE IF NOT EXISTS outbox (
    id       TEXT PRIMARY KEY,
    at       DOUBLE PRECISION NOT NULL,
    target   TEXT NOT NULL,                  -- webhook or notify, and which: its number in the settings
    kind     TEXT NOT NULL,                  -- handoff.requested, handoff.claimed, handoff.closed, callback.created
    body     TEXT NOT NULL,                  -- JSON without a visitor's words
    tries    BIGINT NOT NULL DEFAULT 0,
    next_at  DOUBLE PRECISION NOT NULL,
    state    TEXT NOT NULL DEFAULT 'open'    -- open, sent, given_up
);

CREATE INDEX IF NOT EXISTS outbox_open ON outbox (state, next_at);

-- Every text that a file of the draft has had, newest last; what was there before the first change is a row too.
CREATE TABLE IF NOT EXISTS revisions (
    id     TEXT PRIMARY KEY,                 -- begins with the time
    at     DOUBLE PRECISION NOT NULL,
    staff  TEXT,                             -- none: changed outside the studio
    file   TEXT NOT NULL,                    -- as data/answers/findings/tob1.yml
    text   TEXT,                             -- none: the file was taken away
    note   TEXT NOT NULL DEFAULT ''
);

CREATE INDEX IF NOT EXISTS revisions_of_file ON revisions (file, id);

-- Trainings, one at a time. The process that runs one writes here how far it is.
CREATE TABLE IF NOT EXISTS jobs (
    id        TEXT PRIMARY KEY,              -- begins with the time
    staff     TEXT,
    began_at  DOUBLE PRECISION NOT NULL,
    beat_at   DOUBLE PRECISION NOT NULL,     -- the last sign of life
    ended_at  DOUBLE PRECISION,
    state     TEXT NOT NULL DEFAULT 'running', -- running, stopping (told to), done, failed, cancelled, broken (its process died)
    step      TEXT NOT NULL DEFAULT 'start', -- start, check, train, safety, load, measure, compare
    share     DOUBLE PRECISION NOT NULL DEFAULT 0, -- how much of all of it is done, 0 to 1
    expected  DOUBLE PRECISION,              -- seconds, as the last one took; none: never done before
    said      TEXT NOT NULL DEFAULT '',      -- what went wrong, in words
    release   TEXT                           -- what came of it
);

-- Trained models with the content that they were trained from, in HELPDESK_STATE/releases/<id>/.
CREATE TABLE IF NOT EXISTS releases (
    id          TEXT PRIMARY KEY,
    made_at     DOUBLE PRECISION NOT NULL,
    staff       TEXT,                        -- who had it trained
    content     TEXT NOT NULL,               -- hash of what the model is made from
    snapshot    TEXT NOT NULL,               -- hash of all of data/ and domain.yml
    seconds     DOUBLE PRECISION,            -- of the training
    gate        TEXT,                        -- JSON list of sentences why it must not be published; none: not measured yet
    summary     TEXT NOT NULL DEFAULT '{}',  -- figures of the measuring and of the comparison, in JSON
    proposed_by TEXT,
    proposed_at DOUBLE PRECISION,
    note        TEXT NOT NULL DEFAULT ''     -- what the author says of it
);

-- What went live, when, by whom and why. At most one row is wanted, at most one is live.
CREATE TABLE IF NOT EXISTS publications (
    id       TEXT PRIMARY KEY,               -- begins with the time
    at       DOUBLE PRECISION NOT NULL,
    release  TEXT NOT NULL,
    staff    TEXT,
    kind     TEXT NOT NULL,                  -- first, publish, rollback, auto (a rollback by the watch)
    note     TEXT NOT NULL DEFAULT '',
    state    TEXT NOT NULL DEFAULT 'wanted', -- wanted, live, ended, failed
    live_at  DOUBLE PRECISION,
    ended_at DOUBLE PRECISION,
    why      TEXT NOT NULL DEFAULT ''        -- why it failed, or was rolled back
);

CREATE INDEX IF NOT EXISTS publications_by_state ON publications (state);

-- Pages that were given to the studio: every version, and its sentences with what became of each.
CREATE TABLE IF NOT EXISTS sources (
    id      TEXT PRIMARY KEY,                -- begins with the time
    at      DOUBLE PRECISION NOT NULL,
    staff   TEXT NOT NULL,
    name    TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    as_of   TEXT NOT NULL,                   -- the year, or the date, that the page speaks of
    before  TEXT,                            -- the version before
    changes TEXT NOT NULL DEFAULT '[]'       -- what differs from it, in JSON
);

CREATE TABLE IF NOT EXISTS sentences (
    source    TEXT NOT NULL,
    number    BIGINT NOT NULL,
    section   TEXT NOT NULL,
    paragraph BIGINT NOT NULL,
    sentence  TEXT NOT NULL,
    exact     TEXT NOT NULL DEFAULT '[]',
    state     TEXT NOT NULL DEFAULT 'open',  -- open, accepted, aside
    fact      TEXT,                          -- what says it
    staff     TEXT,
    at        DOUBLE PRECISION,
    PRIMARY KEY (source, number)
);

-- What staff may learn from: messages of visitors who agreed to it, each with the reason why it is here.
CREATE TABLE IF NOT EXISTS inbox (
    id           TEXT PRIMARY KEY,
    conversation TEXT NOT NULL,
    seq          BIGINT NOT NULL,            -- of the visitor's message
    at           DOUBLE PRECISION NOT NULL,
    text         TEXT NOT NULL,              -- as the ledger has it: masked
    why          TEXT NOT NULL,              -- missed, asked_back, unsure, not_helpful, marked
    reply        TEXT NOT NULL,              -- what the bot made of it, in JSON: route, text, guesses
    marked_by    TEXT,                       -- the navigator who marked it
    decision     TEXT,                       -- none: undecided
    added        BIGINT NOT NULL DEFAULT 0,  -- 1: the decision made an example of it
    UNIQUE (conversation, seq)
);

CREATE INDEX IF NOT EXISTS inbox_by_decision ON inbox (decision);

-- What staff decided about messages of the inbox.
CREATE TABLE IF NOT EXISTS inbox_decisions (
    id        TEXT PRIMARY KEY,              -- begins with the time
    at        DOUBLE PRECISION NOT NULL,
    staff     TEXT NOT NULL,
    what      TEXT NOT NULL,                 -- topic, new_topic, not_ours, deleted
    topic     TEXT,                          -- what was taught: an answer or a referral
    state     TEXT NOT NULL,                 -- begun, done, undoing, undone
    revision  TEXT,                          -- of the file that it changed; none: it changed none
    state_at  DOUBLE PRECISION NOT NULL,
    undone_by TEXT
);

CREATE INDEX IF NOT EXISTS inbox_decisions_by_state ON inbox_decisions (state, state_at);

-- Pairs of nearly equal examples under two topics that staff looked at and want to keep.
CREATE TABLE IF NOT EXISTS kept_pairs (
    pair  TEXT PRIMARY KEY,                  -- stands for both texts and where they stand
    at    DOUBLE PRECISION NOT NULL,
    staff TEXT NOT NULL
);

-- Answers whose date of review staff were reminded of, so that it is said once.
CREATE TABLE IF NOT EXISTS reminders (
    topic TEXT NOT NULL,
    due   TEXT NOT NULL,                     -- the date, as 2027-05-01
    at    DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (topic, due)
);

-- The Rasa servers and web processes of several machines, and the publication that each is ready for.
CREATE TABLE IF NOT EXISTS replicas (
    id          TEXT NOT NULL,               -- of the process: new at every start
    publication TEXT NOT NULL,
    kind        TEXT NOT NULL,               -- rasa, web
    address     TEXT NOT NULL DEFAULT '',    -- where a Rasa is asked
    beat_at     DOUBLE PRECISION NOT NULL,   -- the last sign of life
    refused     TEXT,                        -- why it cannot serve this publication
    PRIMARY KEY (id, publication)
);

-- How far the migrations are (store/migrations); `schema` in meta says the same to programs from before them.
CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL CONSTRAINT alembic_version_pkc PRIMARY KEY
);
