"""SQL statements that write the additions of a case or a round, and the rows that they take.

The rows of each table are sent as one JSON array, and one statement writes them all: continuing a case takes a single
round trip, and as a single statement it is its own transaction.

The row of a case or a round is made from its file. All other new rows come from the new lines: their events contain the
acts and the notices, and the duties that they change are taken from the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from complaints.base.faults import RecordsRefused
from complaints.case.additions import Additions
from complaints.case.event import Event
from complaints.case.events.case import Read
from complaints.case.file import CaseFile, Duty, File
from complaints.case.journal import GENESIS
from complaints.case.reading import EventUnreadable
from complaints.case.round import RoundFile
from complaints.intake.repeats import EARLIER, SoughtComplaint
from complaints.store import matching_keys
from complaints.store.database import Json
from complaints.store.tracks import NO_COMPLAINTS
from complaints.webhooks import happenings

DRAW_NUMBER = """
INSERT INTO number_counters AS counter (project, year, last)
SELECT $1, extract(year FROM $2::timestamptz AT TIME ZONE
                   coalesce((SELECT zone FROM projects WHERE code = $1), 'Asia/Shanghai'))::integer, 1
ON CONFLICT (project, year) DO UPDATE SET last = counter.last + 1
RETURNING year, last
"""
"""Parameters: project, time of receipt. The row stays locked until the transaction ends, so a number is never lost or
given twice, and two complaints of one project see each other when they look for related ones."""

KEEP_NUMBER = """
INSERT INTO number_counters AS counter (project, year, last) VALUES ($1, $2, $3)
ON CONFLICT (project, year) DO UPDATE SET last = greatest(counter.last, EXCLUDED.last)
"""

TOLD_TO_WEBHOOKS = """
INSERT INTO webhook_deliveries (id, webhook, key, kind, at, data)
    SELECT 'msg_' || left(encode(sha256(convert_to(w.id || ' ' || e.hash, 'UTF8')), 'hex'), 40), w.id, $1, e.kind, e.at,
           e.data || jsonb_build_object('number', {number})
    FROM {source} jsonb_to_recordset({events}) AS e (kind text, seq integer, hash text, at timestamptz, data jsonb)
    JOIN webhooks AS w ON w.disabled_at IS NULL AND e.kind = ANY (w.kinds)
    JOIN api_tokens AS t ON t.id = w.token AND t.revoked_at IS NULL AND t.expires_at > now() AND 'read' = ANY (t.scopes)
    ORDER BY e.seq, w.id
    ON CONFLICT (id) DO NOTHING
"""
"""$1 is the key of the case. The id of a delivery comes from the webhook and the journal's line, so that whoever is
told of a line again, after a backup was restored, sees that it is the same."""

_CONTENT = f"""
owed AS (
    INSERT INTO duties (key, id, rule, role, department, owner, leg, revision, since, opened_at, due, limit_of, status,
                        breached_at, closed_at, closed_by, awaits, whole)
    SELECT $1, d.id, d.rule, d.role, d.department, d.owner, d.leg, d.revision, d.since, d.opened_at, d.due, d.limit_of,
           d.status, d.breached_at, d.closed_at, d.closed_by, d.awaits, d.whole
    FROM head, jsonb_populate_recordset(NULL::duties, $4) AS d
    ON CONFLICT (key, id) DO UPDATE SET
        role = EXCLUDED.role, department = EXCLUDED.department, owner = EXCLUDED.owner, leg = EXCLUDED.leg,
        revision = EXCLUDED.revision, since = EXCLUDED.since, due = EXCLUDED.due, limit_of = EXCLUDED.limit_of,
        status = EXCLUDED.status, breached_at = EXCLUDED.breached_at, closed_at = EXCLUDED.closed_at,
        closed_by = EXCLUDED.closed_by, awaits = EXCLUDED.awaits, whole = EXCLUDED.whole
), done AS (
    INSERT INTO acts (key, seq, kind, by, at, recorded_at, duty, rule, form, reason, revision, "to", attempt,
                      on_behalf)
    SELECT $1, a.seq, a.kind, a.by, a.at, a.recorded_at, a.duty, a.rule, a.form, a.reason, a.revision, a."to",
           a.attempt, a.on_behalf
    FROM head, jsonb_populate_recordset(NULL::acts, $5) AS a
    ON CONFLICT (key, seq) DO NOTHING
), told AS (
    INSERT INTO notices (key, id, kind, "to", duty, rule, at, due, params, not_before, read_at)
    SELECT $1, n.id, n.kind, n."to", n.duty, n.rule, n.at, n.due, n.params, n.not_before, n.read_at
    FROM head, jsonb_populate_recordset(NULL::notices, $6) AS n
    ON CONFLICT (key, id) DO NOTHING
), seen AS (
    UPDATE notices SET read_at = a.recorded_at
    FROM head, jsonb_populate_recordset(NULL::acts, $5) AS a
    WHERE a.kind = 'read' AND notices.key = $1 AND notices."to" = a.by AND notices.read_at IS NULL
          AND notices.at <= a.recorded_at  -- not what came later, if the act is sent again
), outgoing AS (
    INSERT INTO deliveries (key, notice, channel, state, next_try, sent_at)
    SELECT $1, n.id, 'mail', sent.state, greatest(now(), n.not_before), CASE sent.state WHEN 'sent' THEN now() END
    FROM head, jsonb_populate_recordset(NULL::notices, $6) AS n
    JOIN people ON people.id = n."to" AND people.email <> ''
    CROSS JOIN LATERAL (SELECT CASE WHEN n.id = ANY ($7::text[]) THEN 'sent' ELSE 'pending' END AS state) AS sent
    ON CONFLICT (key, notice, channel) DO NOTHING
    RETURNING state
), lined AS (
    INSERT INTO journal (key, seq, at, kind, by, duty, rule, data, prev, hash)
    SELECT $1, l.seq, l.at, l.kind, l.by, l.duty, l.rule, l.data, l.prev, l.hash
    FROM head, jsonb_populate_recordset(NULL::journal, $8) AS l
    ON CONFLICT (key, seq) DO NOTHING
), hooked AS (
    {TOLD_TO_WEBHOOKS.format(events="$9", number="head.number", source="head CROSS JOIN")}
    RETURNING id
)
SELECT head.number, head.related,
       (SELECT version FROM reference_version) AS reference,
       EXISTS (SELECT FROM outgoing WHERE state = 'pending') AS mail_waits,
       EXISTS (SELECT FROM hooked) AS webhooks_wait
FROM head
"""

SAID = (
    *("project", "received_at", "channel", "category", "customer", "contact", "matter", "demand", "about"),
    *("department", "also_departments", "outsiders", "confirmed", "promised"),
)
"""Columns of what was taken in, which a correction may change."""
NOBODY_ELSE: dict[str, list[str]] = {"also_departments": [], "outsiders": []}
"""Columns of fields that a complaint leaves out while they say nothing."""
_KEYS = ("customer_key", "contact_keys", "said_words")
_SAID = ", ".join((*SAID, *_KEYS))


def _said(new: str) -> str:
    """The new values of what was taken in, of a case that was corrected; else the present ones."""
    return ", ".join(f"CASE WHEN {new}.channel IS NULL THEN c.{one} ELSE {new}.{one} END" for one in (*SAID, *_KEYS))


_EARLIER = f"interval '{EARLIER.days} days'"

_SAME_CUSTOMER = """new.customer_key <> '' AND old.customer_key = new.customer_key
               AND old.contact_keys && new.contact_keys"""
"""By name and a way to reach them. An anonymous complaint has neither: no two of them are of one customer."""

_SAME = f"""({_SAME_CUSTOMER}
               OR new.building_key <> '' AND old.building_key = new.building_key AND old.category = new.category)"""
"""Whether the complaints `old` and `new`, of one project, are of one customer, or of one place and subject."""

_RELATED = f"""
    SELECT old.key, old.number, old.open, old.received_at, old.same_subject, old.unsolved,
           CASE WHEN old.same_customer THEN 'customer' ELSE 'building' END AS why
    FROM jsonb_populate_record(NULL::complaints, $3) AS new
    CROSS JOIN LATERAL (
        SELECT old.key, old.number, old.received_at, old.closed_at IS NULL AS open,
               {_SAME_CUSTOMER} AS same_customer,
               old.category = new.category AS same_subject,
               old.handled_at IS NULL AND old.closed_at IS NULL AS unsolved
        FROM complaints AS old
        WHERE old.project = new.project AND old.key <> $1 AND old.track NOT IN {NO_COMPLAINTS}
          AND old.received_at BETWEEN new.received_at - {_EARLIER} AND new.received_at
          AND {_SAME}
        ORDER BY old.received_at DESC, old.key
        LIMIT 20
    ) AS old
"""
_AS_JSON = """
coalesce((SELECT jsonb_agg(jsonb_build_object('key', key, 'number', number, 'why', why, 'open', open,
                                              'same_subject', same_subject, 'unsolved', unsolved)
                           ORDER BY received_at DESC, key) FROM related), '[]')
"""
SEEK = f"""
WITH related AS ({_RELATED.replace("$3", "$2")}) SELECT {_AS_JSON} AS related
"""
"""Parameters: key of the complaint that asks, and the columns of its row by which others are found."""

_TOOK_IT = """
    SELECT key, received_at FROM complaints
    WHERE closed_at IS NULL AND related @> jsonb_build_array(jsonb_build_object('key', $1::text))
"""
"""The open complaints that took the complaint $1 for an earlier one."""

LATER = f"SELECT key FROM ({_TOOK_IT}) AS later ORDER BY received_at, key"

SEEK_LATER = f"""
WITH found AS (
    SELECT new.key, new.received_at
    FROM jsonb_populate_record(NULL::complaints, $2) AS old
    JOIN complaints AS new ON new.project = old.project AND new.key <> $1
    WHERE new.track NOT IN {NO_COMPLAINTS} AND new.closed_at IS NULL
          AND new.received_at BETWEEN old.received_at AND old.received_at + {_EARLIER}
          AND {_SAME}
    ORDER BY new.received_at, new.key
    LIMIT 20
)
SELECT key FROM (SELECT key, received_at FROM found UNION {_TOOK_IT}) AS later ORDER BY received_at, key
"""
"""Parameters as of `SEEK`: the open complaints that took this one for an earlier one, and those that will now."""

OPEN = f"""
WITH related AS ({_RELATED}), head AS (
    INSERT INTO complaints (key, cursor, number, source, external_id, project, received_at, received_by, channel,
                            category, customer, contact, building, matter, demand, about, facts, proposal, watch,
                            edition_name, edition_digest, opened_at, level, track, leg, revision, outcome, closed_at,
                            watched, journal_hash, plans, track_since, department, also_departments, outsiders,
                            confirmed, promised, reopens,
                            amended, also_about, major, handled_at, matters, links, gates, customer_key, contact_keys,
                            building_key, said_words, building_words, masked_words, followed_to, received_on_duty,
                            urgent_since, proposed_urgent, unsolved, month_over, corrected, repeats_of, receipts,
                            related)
    SELECT $1, $2::integer, c.number, c.source, c.external_id, c.project, c.received_at, c.received_by, c.channel,
           c.category, c.customer, c.contact, c.building, c.matter, c.demand, c.about, c.facts, c.proposal, c.watch,
           c.edition_name, c.edition_digest, c.opened_at, c.level, c.track, c.leg, c.revision, c.outcome, c.closed_at,
           c.watched, c.journal_hash, c.plans, c.track_since, c.department, c.also_departments, c.outsiders,
           c.confirmed, c.promised, c.reopens,
           c.amended, c.also_about, c.major, c.handled_at, c.matters, c.links, c.gates, c.customer_key, c.contact_keys,
           c.building_key, c.said_words, c.building_words, c.masked_words, $10::timestamptz, c.received_on_duty,
           c.urgent_since, c.proposed_urgent, c.unsolved, c.month_over, c.corrected, c.repeats_of, c.receipts,
           {_AS_JSON}
    FROM jsonb_populate_record(NULL::complaints, $3) AS c
    RETURNING number, related
), {_CONTENT}
"""
"""Creates a case. A duplicate key means that this case, or another one for the same complaint, exists already."""

GO_ON = f"""
WITH head AS (
    UPDATE complaints AS c
    SET (cursor, opened_at, followed_to, level, track, leg, revision, outcome, closed_at, watched, journal_hash, watch,
         plans, track_since, amended, also_about, major, handled_at, matters, links, gates, proposal, building,
         building_key, building_words, masked_words, received_on_duty, urgent_since, proposed_urgent, unsolved,
         month_over, corrected, repeats_of, receipts, related, {_SAID}) =
        ($2, new.opened_at, coalesce($11, c.followed_to), new.level, new.track, new.leg, new.revision, new.outcome,
         new.closed_at, new.watched, new.journal_hash,
         coalesce(new.watch, c.watch), coalesce(new.plans, c.plans), coalesce(new.track_since, c.track_since),
         new.amended, new.also_about, new.major, new.handled_at, new.matters, new.links, new.gates, new.proposal,
         new.building, new.building_key, new.building_words, coalesce(new.masked_words, c.masked_words),
         new.received_on_duty, new.urgent_since,
         new.proposed_urgent, new.unsolved, new.month_over, new.corrected, new.repeats_of, new.receipts,
         coalesce(new.related, c.related), {_said("new")})
    FROM jsonb_populate_record(NULL::complaints, $3) AS new
    WHERE c.key = $1 AND c.cursor BETWEEN $10 AND $2 - 1 AND (c.cursor = 0 OR c.opened_at = new.opened_at)
    RETURNING c.number, c.related
), {_CONTENT}
"""
"""Continues a case from its cursor. Returns no row and writes nothing if the additions have nothing new, begin beyond
the cursor, or are of another case with this id. Lines, acts and notices that exist already stay unchanged: the hash
chain guarantees that those in the additions are the same."""

OPEN_ROUND = f"""
WITH head AS (
    INSERT INTO rounds (key, cursor, rule, period, every, first_day, last_day, project, department, person,
                        edition_name, edition_digest, opens_at, opened_at, again, leg, report, counted_at, draw,
                        data, outcome, closed_at, journal_hash, gates, followed_to)
    SELECT $1, $2::integer, r.rule, r.period, r.every, r.first_day, r.last_day, r.project, r.department, r.person,
           r.edition_name, r.edition_digest, r.opens_at, r.opened_at, r.again, r.leg, r.report, r.counted_at,
           r.draw, r.data, r.outcome, r.closed_at, r.journal_hash, r.gates, $10::timestamptz
    FROM jsonb_populate_record(NULL::rounds, $3) AS r
    RETURNING key AS number, '[]'::jsonb AS related
), {_CONTENT}
"""
"""Creates a round. A duplicate key means that it exists already."""

GO_ON_ROUND = f"""
WITH head AS (
    UPDATE rounds AS r
    SET (cursor, followed_to, leg, report, counted_at, draw, data, outcome, closed_at, journal_hash, gates) =
        ($2, coalesce($11, r.followed_to), new.leg, new.report, new.counted_at, new.draw, new.data, new.outcome,
         new.closed_at, new.journal_hash, new.gates)
    FROM jsonb_populate_record(NULL::rounds, $3) AS new
    WHERE r.key = $1 AND r.cursor BETWEEN $10 AND $2 - 1 AND r.opened_at = new.opened_at
    RETURNING r.key AS number, '[]'::jsonb AS related
), {_CONTENT}
"""
"""Continues a round from its cursor. Returns no row and writes nothing if the additions have nothing new, begin beyond
the cursor, or are of another round with this key."""

FOLLOWED = """
WITH complaint AS (UPDATE complaints SET followed_to = $2 WHERE key = $1)
UPDATE rounds SET followed_to = $2 WHERE key = $1
"""

_KEPT = """
cursor, opened_at, closed_at, false AS mail_waits, false AS webhooks_wait,
(SELECT version FROM reference_version) AS reference,
(SELECT hash FROM journal WHERE journal.key = kept.key AND seq = $2) AS hash
"""
LOOK_UP_ROUND = f"""
SELECT key AS number, '[]'::jsonb AS related, {_KEPT} FROM rounds AS kept WHERE key = $1
"""

LOOK_UP = f"""
SELECT number, related, proposal, {_KEPT},
       (SELECT data -> 'complaint' FROM journal WHERE journal.key = kept.key AND seq = 1) AS said,
       to_jsonb(kept) AS registered
FROM complaints AS kept WHERE key = $1
"""
"""Parameters: key, and the seq of the journal line whose hash is returned."""

MARK_MAILED = """
WITH free AS (
    SELECT notice FROM deliveries
    WHERE key = $1 AND notice = ANY ($2::text[]) AND channel = 'mail' AND state = 'pending'
    FOR UPDATE SKIP LOCKED
)
UPDATE deliveries SET state = 'sent', sent_at = now(), last_error = NULL
FROM free WHERE deliveries.key = $1 AND deliveries.notice = free.notice AND deliveries.channel = 'mail'
"""
"""Parameters: key, ids of notices that were sent past the outbox. Never waits for a lock: a locked delivery is being
sent at this moment, and the second copy carries the same message id."""


_CASE = {
    *("level", "track", "track_since", "leg", "revision", "plans", "proposal", "amended", "also_about", "major"),
    *("handled_at", "matters", "links", "gates", "outcome", "closed_at", "watch", "opened_at"),
    *("received_on_duty", "urgent_since", "proposed_urgent", "unsolved", "month_over"),
}
"""Fields of a case with a column of the same name that may change; `opened_at` tells it from another case of its id."""
_ROUND = {"leg", "report", "counted_at", "draw", "data", "outcome", "closed_at", "opened_at", "gates"}
"""Fields of a round with a column of the same name that may change; `opened_at` tells it from another of its key."""
_DUTY = {
    *("id", "rule", "role", "department", "owner", "leg", "revision", "since", "opened_at", "status", "breached_at"),
    *("closed_at", "closed_by"),
}
"""Fields of a duty with a column of the same name."""


def content(additions: Additions) -> list[Any]:
    """Return the parameters $4 to $9: duties, acts, notices, mailed notices, journal lines, what webhooks are told.

    Raises `RecordsRefused` if the lines are not those that `after` and the file announce, or cannot be read.
    """
    _check(additions)
    try:
        events = additions.events
    except EventUnreadable as unreadable:
        raise RecordsRefused(f"{additions.key}: {unreadable}") from None
    return [
        [duty_row(duty) for duty in _touched(additions.file, events)],
        _all(event.act for event in events if event.act is not None),
        Json(json.dumps(_notice_rows(events))),
        list(additions.mailed),
        _all(additions.lines),
        webhook_events(additions, events),
    ]


def webhook_events(additions: Additions, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return what webhooks are told of these additions, as `TOLD_TO_WEBHOOKS` takes it."""
    return [one.model_dump(mode="json") for one in happenings.events_of(additions, events)]


def _notice_rows(events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the rows of the events' notices; one that its recipient has read by a later event among them says when."""
    rows: list[dict[str, Any]] = []
    read: dict[str, datetime] = {}
    for event in reversed(events):
        if isinstance(event, Read) and event.by is not None:
            read[event.by] = event.recorded_at
        for notice in reversed(event.notices):
            seen = read.get(notice.to)
            rows.append(notice.model_dump(mode="json") | ({"read_at": seen.isoformat()} if seen else {}))
    return rows[::-1]


def _all(models: Iterable[BaseModel]) -> Json:
    """Serialise lines, or models decoded from them: `journal.line` has normalised all their values already."""
    return Json(f"[{','.join(one.model_dump_json() for one in models)}]")


def _check(additions: Additions) -> None:
    file, lines = additions.file, additions.lines
    seqs = [line.seq for line in lines]
    if seqs != list(range(additions.after + 1, additions.sequence + 1)):
        raise RecordsRefused(
            f"additions to {additions.key} from line {additions.after} to {additions.sequence} have lines "
            f"{seqs[:1]} to {seqs[-1:]}"
        )
    if lines and lines[-1].hash != file.journal_hash:
        raise RecordsRefused(f"additions to {additions.key} end with another line {seqs[-1]} than the file")


def _touched(file: File, events: Iterable[Event]) -> list[Duty]:
    """Return the duties that the events change, each once, because one statement cannot change a row twice.

    Duties that events only name are left out: a closed one may have been trimmed, and its row is complete.
    """
    about = dict.fromkeys(event.duty for event in events if event.changes_duty and event.duty is not None)
    return [file.duties[duty] for duty in about if duty in file.duties]


def header(case: CaseFile) -> dict[str, Any]:
    """Return the changing columns of a complaint's row, with the end of its journal and the keys of its building.

    What was taken in is among them once it was corrected, and the file has its number.
    """
    said: dict[str, Any] = {}
    if case.corrected is not None and case.number is not None:
        said = {**NOBODY_ELSE, **case.complaint.model_dump(mode="json", include=set(SAID)), **_found_by(case)}
    elif case.site is not None and case.number is not None:
        said = _found_masked(case)
    return {
        **said,
        **case.model_dump(mode="json", include=_CASE),
        **matching_keys.of_building(case.building),
        "building": case.building,
        "watched": bool(case.watch),
        "corrected": case.corrected,
        "repeats_of": case.repeats_of,
        "receipts": [one.model_dump(mode="json") for one in case.receipts],
        "journal_hash": case.journal_hash or GENESIS,
        **({} if case.number is None else {"related": [one.model_dump(mode="json") for one in case.related]}),
    }


def complaint(case: CaseFile, number: str) -> dict[str, Any]:
    """Return the complaint's whole row: as it begins, or as it is now if it began while PostgreSQL was unavailable."""
    numbered = case.but(number=number)
    beginning = {
        "number": number,
        "edition_name": case.edition.name,
        "edition_digest": case.edition.digest,
    }
    said = case.complaint.model_dump(mode="json", exclude={"anonymous"})  # the column `customer` is empty then
    return {**NOBODY_ELSE, **said, **beginning, **_found_by(numbered), **header(numbered)}


def _found_by(case: CaseFile) -> dict[str, Any]:
    """Return the keys by which the case is found."""
    said = case.complaint
    keys = matching_keys.of_complaint(
        case.number or "", said.external_id, said.customer, said.contact, said.matter, said.demand
    )
    return {**keys, **_found_masked(case)}


def _found_masked(case: CaseFile) -> dict[str, Any]:
    """Return the words by which somebody finds the case whose contacts they do not see; the home is among them."""
    said = case.complaint
    homes = (said.building, case.building)
    return matching_keys.of_masked(case.number or "", said.customer, said.contact, said.matter, said.demand, homes)


def round_header(round: RoundFile) -> dict[str, Any]:
    """Return the changing columns of a round's row, with the end of its journal."""
    return {**round.model_dump(mode="json", include=_ROUND), "journal_hash": round.journal_hash or GENESIS}


def round_row(round: RoundFile) -> dict[str, Any]:
    """Return the round's whole row: as it begins, or as it is now if it began while PostgreSQL was unavailable."""
    said = round.model_dump(mode="json", include={"rule", "opens_at", "again"})
    period = round.period
    days = {
        "period": period.name,
        "every": period.kind.value,
        "first_day": period.start.isoformat(),
        "last_day": period.end.isoformat(),
    }
    edition = {"edition_name": round.edition.name, "edition_digest": round.edition.digest}
    return {**said, **round.subject.model_dump(mode="json"), **days, **edition, **round_header(round)}


def duty_row(duty: Duty) -> dict[str, Any]:
    """Return a duty's row, without the key of its file."""
    whole = duty.model_dump(mode="json")
    climbed = duty.open and not duty.acknowledged
    columns = {
        "due": whole["deadline"]["due"],
        "limit_of": duty.deadline.source,
        "awaits": sorted({step.to for step in duty.climb}) if climbed else [],
        "whole": whole,
    }
    return {**{name: whole[name] for name in _DUTY}, **columns}


def sought(complaint: SoughtComplaint) -> dict[str, Any]:
    """Return the columns by which complaints related to this one are found."""
    keys = matching_keys.of_customer(complaint.customer, complaint.contact, "customer_key")
    building = matching_keys.of_building(complaint.building)
    return {**complaint.model_dump(mode="json", include={"project", "received_at", "category"}), **keys, **building}
