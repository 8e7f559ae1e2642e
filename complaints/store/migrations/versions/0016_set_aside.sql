-- What workers say of themselves, and what they could not deal with and have set aside.

CREATE TABLE worker_status (
    worker    text        PRIMARY KEY,
    namespace text        NOT NULL,
    at        timestamptz NOT NULL,
    status    jsonb       NOT NULL
);

-- One thing that a part of a worker passes over until its next try. It goes when a try succeeds.
CREATE TABLE set_aside (
    part     text        NOT NULL,
    id       text        NOT NULL,   -- of a case, a schedule, an archive
    why      text        NOT NULL,
    detail   text        NOT NULL,   -- technical, and without anything of the case
    since    timestamptz NOT NULL,
    tries    integer     NOT NULL,
    next_try timestamptz NOT NULL,
    PRIMARY KEY (part, id)
);

-- The same with what is kept elsewhere: messages that are refused for good, copies that cannot be deleted.
CREATE VIEW everything_set_aside AS
SELECT part, id, why, detail, since, tries, next_try FROM set_aside
UNION ALL
SELECT d.channel, d.key || '/' || d.notice, 'mail', coalesce(d.last_error, ''), n.at, d.attempts, NULL::timestamptz
FROM deliveries AS d JOIN notices AS n ON n.key = d.key AND n.id = d.notice WHERE d.state = 'failed'
UNION ALL
SELECT 'destruction', copy.run || '/' || copy.key || '/' || copy.copy, 'copy', coalesce(copy.last_error, ''),
       run.approved_at, copy.attempts, now()
FROM destruction_copies AS copy JOIN destruction_runs AS run ON run.id = copy.run
WHERE copy.done_at IS NULL AND copy.attempts > 2;
