"""SQL statements that import complaints from before Duly into the table of complaints.

Decision: they are stored in the table of complaints and not in one of their own, so that related complaints (CR-5.1.2),
lists, reports, the customer file and the case library include them without special code. The column `imported` marks
them. They have no duties, acts or journal; their cursor is 0 and its hash that of an empty journal, so that checks of
the journal succeed. Their numbers contain a slash, which Duly's own never do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from complaints.case.complaint import Facts, Proposal
from complaints.case.journal import GENESIS
from complaints.customers.model import SOURCE, OldComplaint
from complaints.importing.tables import ListEntry
from complaints.store import matching_keys
from complaints.store.database import Connection, as_json
from complaints.store.import_staging import PATIENCE

SAID = (
    *("key", "number", "external_id", "project", "received_at", "closed_at", "received_by", "channel", "category"),
    *("customer", "contact", "building", "matter", "demand", "level", "track", "department", "promised"),
    *("customer_key", "contact_keys", "said_words", "building_key", "building_words", "masked_words"),
)
STAGED_COLUMNS = ("line", *SAID, "kept", "edition_name", "edition_digest", "proposal")
STAGED = """
CREATE TEMPORARY TABLE staged (
    line integer PRIMARY KEY, key text, number text, external_id text, project text, received_at timestamptz,
    closed_at timestamptz, received_by text, channel text, category text, customer text, contact text, building text,
    matter text, demand text, level smallint, track text, department text, promised timestamptz, customer_key text,
    contact_keys text[], said_words text, building_key text, building_words text,
    masked_words text, kept text,
    edition_name text, edition_digest text, proposal text, fate text
) ON COMMIT DROP
"""
PROBLEMS = """
SELECT s.line, 'number-taken' AS code, jsonb_build_object('number', s.number) AS params
FROM staged AS s JOIN complaints AS c ON c.key = s.key OR c.number = s.number
WHERE c.imported IS NULL OR c.key <> s.key
ORDER BY s.line
"""
LOWEST = 4
PROPOSALS = {level: Proposal(level=level).model_dump_json() for level in range(1, LOWEST + 1)}
EMPTY = "[]"
FACTS = Facts().model_dump_json()
BY_INDEX = """
SELECT set_config('gin_pending_list_limit', '32MB', true), set_config('work_mem', '64MB', true),
       set_config('maintenance_work_mem', '64MB', true)
"""
"""Index entries of the words are added for many lines at once, in index order: one line at a time takes longer."""
INDEXED = """
SELECT gin_clean_pending_list(i.indexrelid)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
WHERE i.indrelid IN ('complaints'::regclass, 'library'::regclass) AND a.amname = 'gin'
  AND pg_has_role(c.relowner, 'USAGE')
"""
"""Adds the pending rest at the end, so that neither a search nor the next complaint has to wait for it. Only the owner
of the tables may do this; for other users the database does it at its next vacuum."""
_MAY_CHANGE = tuple(name for name in SAID if name not in ("key", "number", "external_id"))
_OLD = ", ".join(f"c.{name}" for name in _MAY_CHANGE)
_NEW = ", ".join(f"s.{name}" for name in _MAY_CHANGE)
JUDGE = f"""
UPDATE staged SET fate = judged.fate
FROM (
    SELECT s.line, CASE
        WHEN c.key IS NULL THEN 'new'
        WHEN ({_OLD}) IS DISTINCT FROM ({_NEW}) THEN 'changed'
        WHEN c.imported - 'by' - 'at' IS DISTINCT FROM s.kept::jsonb THEN 'changed'
        ELSE 'same' END AS fate
    FROM staged AS s LEFT JOIN complaints AS c USING (key)
) AS judged
WHERE judged.line = staged.line
"""
CHANGE = f"""
UPDATE complaints AS c
SET ({", ".join(_MAY_CHANGE)}) = ({_NEW}), opened_at = s.received_at, track_since = s.received_at,
    handled_at = s.closed_at, imported = s.kept::jsonb || $1
FROM staged AS s WHERE c.key = s.key AND s.fate = 'changed'
"""
ADD = f"""
INSERT INTO complaints ({", ".join(SAID)}, source, opened_at, track_since, handled_at, imported, edition_name,
                        edition_digest, proposal, cursor, journal_hash, outcome, about, facts, watch, related, leg,
                        revision, watched)
SELECT {", ".join(f"s.{name}" for name in SAID)}, '{SOURCE}', s.received_at, s.received_at, s.closed_at,
       s.kept::jsonb || $1, s.edition_name, s.edition_digest, s.proposal::jsonb, 0, '{GENESIS}', '{SOURCE}', '{{}}',
       '{FACTS}', '{EMPTY}', '{EMPTY}', 0, 0, false
FROM staged AS s WHERE s.fate = 'new' ORDER BY s.line
"""


def row(entry: ListEntry[OldComplaint], edition: tuple[str, str], people: frozenset[str]) -> tuple[Any, ...]:
    """Return a staged line. Its receiver is stored if the directory still has the person (`people`), else `SOURCE`."""
    one = entry.value
    receiver = one.received_by if one.received_by in people else SOURCE
    times = (one.received_at, one.closed_at)
    what = (receiver, one.channel.value, one.category.value, one.customer, one.contact, one.building)
    more = (one.matter, one.demand, one.level, one.track.value, one.department, one.promised)
    named = (one.key, one.full_number, f"{one.project}/{one.number}", one.project)
    said = matching_keys.of_complaint(one.full_number, one.number, one.customer, one.contact, one.matter, one.demand)
    masked = matching_keys.of_masked(
        one.full_number, one.customer, one.contact, one.matter, one.demand, (one.building,)
    )
    found_by = (*said.values(), *matching_keys.of_building(one.building).values(), *masked.values())
    return (
        entry.line,
        *named,
        *times,
        *what,
        *more,
        *found_by,
        as_json(one.kept),
        *edition,
        PROPOSALS[one.level or LOWEST],
    )


async def write(connection: Connection, by: str, at: datetime) -> None:
    """Write the staged lines."""
    who = {"by": by, "at": at.isoformat()}
    await connection.execute(BY_INDEX)
    await connection.execute(CHANGE, who, timeout=PATIENCE)
    await connection.execute(ADD, who, timeout=PATIENCE)
    await connection.execute(INDEXED, timeout=PATIENCE)
