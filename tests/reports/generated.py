"""Cases by chance, as rows of the records: every kind of thing that a report counts, at and around the edges of months.

The rows need not tell a sensible story; they must only be what the records can hold.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from asyncpg import connect

from complaints import editions

FIRST, LAST = date(2025, 9, 1), date(2026, 12, 15)
PROJECTS = ("hf01", "yx02")
PEOPLE = ("li.na", "wang.qiang", "zhou.min", "liu.bo", "tang.yan")
DEPARTMENTS = (None, "engineering", "property", "sales")
CONTRACTORS = ("hongji", "jianan")
CLAUSES = ("CR-5.2.1b", "CH-7.2.1.settle", "CH-7.3.1", "CS-4.2.1a", "RV-4.3", "CR-5.4.3", "CH-7.2.3")
EDGES = tuple(
    datetime(year, month, 1, tzinfo=UTC) - timedelta(hours=8)  # midnight in Shanghai
    for year, month in ((2025, 10), (2025, 11), (2025, 12), (2026, 10), (2026, 11), (2026, 12))
)


class Chance:
    """Rows by chance from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.complaints: list[dict[str, Any]] = []
        self.duties: list[dict[str, Any]] = []
        self.acts: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []

    def moment(self) -> datetime:
        """Any moment, one in four of them at the edge of a month or a microsecond beside it."""
        if self.random.random() < 0.25:
            beside = timedelta(microseconds=self.random.choice((-1, 0, 1)))
            return self.random.choice(EDGES) + beside
        span = (LAST - FIRST) / timedelta(minutes=1)
        return datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
            minutes=self.random.randrange(int(span))
        )

    def after(self, at: datetime, days: float) -> datetime:
        """Some time after, or right at an edge."""
        later = at + timedelta(minutes=self.random.randrange(1, int(days * 1440)))
        edge = next((one for one in EDGES if at < one <= later), None)
        return edge if edge and self.random.random() < 0.2 else later

    def of(self, values: Sequence[Any]) -> Any:
        return self.random.choice(values)

    def case(self, nth: int) -> None:
        chance = self.random.random
        received, key, project = self.moment(), f"case-{nth:05d}", self.of(PROJECTS)
        closed = self.after(received, 60) if chance() < 0.7 else None
        handled = self.after(received, 20) if closed or chance() < 0.3 else None
        if handled and closed and handled > closed:
            handled = closed
        related = [
            {"key": f"old-{n}", "number": f"HF01-2024-{n:06d}", "why": self.of(("customer", "building")), "open": False}
            for n in range(self.of((0, 0, 1, 2)))
        ]
        row = {
            "key": key,
            "number": f"{project.upper()}-{received.year}-{nth:06d}",
            "project": project,
            "received_at": received,
            "closed_at": closed,
            "handled_at": handled,
            "category": self.of(("engineering", "design", "sales", "property")),
            "channel": self.of(("phone", "visit", "online")),
            "department": self.of(DEPARTMENTS),
            "level": self.of((None, 1, 2, 3, 4)),
            "major": chance() < 0.1,
            "track": "ordinary",
            "reopens": f"case-{nth - 1:05d}" if nth and chance() < 0.1 else None,
            "related": related,
            "received_by": self.of(PEOPLE),
            "matters": [],
        }
        self.complaints.append(row)
        end = closed or datetime(2027, 1, 1, tzinfo=UTC)
        for n in range(self.of((0, 1, 3, 6))):
            self.duty(row, n, end)
        for _ in range(self.of((0, 1, 2))):
            self.revisit(row, end)
        for n in range(self.of((0, 0, 1, 2))):
            self.matter(row, n, end)

    def within(self, row: Mapping[str, Any], end: datetime) -> datetime:
        return min(self.after(row["received_at"], 70), end)

    def duty(self, row: dict[str, Any], n: int, end: datetime) -> None:
        since = self.within(row, end)
        due = min(self.after(since, 20), end)
        closed = min(self.after(since, 40), end) if row["closed_at"] or self.random.random() < 0.8 else None
        if self.random.random() < 0.1 and closed:
            closed = due
        rule = self.of(CLAUSES)
        status = "open" if closed is None else self.of(("done", "done", "done", "superseded"))
        said: dict[str, Any] = {"id": f"{rule}#{n}", "act": None, "changes": []}
        if self.random.random() < 0.3:
            said["waited_for"] = self.of(PEOPLE)
        if status == "done" and closed is not None:
            said["act"] = self.act(row, rule, said["id"], closed, reason=self.of(("", "", "材料未到", "客户不在")))
        for nth in range(self.of((0, 0, 0, 2)) if rule == "CH-7.3.1" else 0):
            at = min(self.after(since, 5), end) + timedelta(microseconds=nth)
            said["changes"].append({"at": at.isoformat()})
            self.act(row, rule, said["id"], at, kind="reschedule")
            if self.random.random() < 0.3:  # one that was refused
                self.act(row, rule, said["id"], at + timedelta(microseconds=7), kind="reschedule")
        self.duties.append(
            {
                "key": row["key"],
                "id": said["id"],
                "rule": rule,
                "role": self.of(("cs_supervisor", "sales_staff")),
                "department": self.of(DEPARTMENTS),
                "owner": self.of(PEOPLE),
                "since": since,
                "due": due,
                "status": status,
                "closed_at": closed,
                "whole": said,
            }
        )

    def act(
        self,
        row: Mapping[str, Any],
        rule: str,
        duty: str | None,
        at: datetime,
        kind: str = "discharge",
        reason: str = "",
        form: dict[str, Any] | None = None,
    ) -> int:
        seq = 1 + sum(one["key"] == row["key"] for one in self.acts)
        if rule == "CR-5.4.3" and kind == "discharge":
            form = {"title": f"案例 {row['number']}", "causes": "防水", "measures": "重做", "lessons": "早查"}
        self.acts.append(
            {
                "key": row["key"],
                "seq": seq,
                "kind": kind,
                "by": self.of(PEOPLE),
                "at": at,
                "duty": duty,
                "rule": rule,
                "form": form or {},
                "reason": reason,
            }
        )
        return seq

    def revisit(self, row: Mapping[str, Any], end: datetime) -> None:
        rule = self.of(("RV-4.3", "RV-4.2.again", "CS-4.2.3", "CR-5.4.2a", "MERGED.revisit", "CS-4.3.5.finish"))
        answer = self.of(("satisfied", "neutral", "unsatisfied", "not_said", None))
        form: dict[str, Any] = {"way": "telephone"} | ({"satisfaction": answer} if answer else {"reached": False})
        if rule == "CS-4.3.5.finish":
            form = {"told": "完工", "signed": self.of((True, False))}
        self.act(row, rule, None, self.within(row, end), form=form)

    def matter(self, row: dict[str, Any], n: int, end: datetime) -> None:
        since = self.within(row, end)
        ended = min(self.after(since, 30), end) if row["closed_at"] or self.random.random() < 0.5 else None
        cost = {name: f"{self.random.randrange(500_000) / 100:.2f}" for name in ("audited", "deducted", "shortfall")}
        kind = self.of(("repair", "corrective"))
        cancelled = ended is not None and self.random.random() < 0.2
        row["matters"].append(
            {
                "id": f"{kind[0].upper()}{n}",
                "kind": kind,
                "what": "厨房渗水",
                "since": since.isoformat(),
                "ended_at": ended.isoformat() if ended else None,
                "outcome": (self.of(("cancelled", "invalid")) if cancelled else "effective") if ended else None,
                "contractor": self.of((None, *CONTRACTORS)) if kind == "repair" else None,
                "company_paid": self.of((True, False)),
                **(cost if ended else {}),
            }
        )
        if kind == "repair" and ended and not cancelled:
            for entry in self.of(((), ("deduction",), ("deduction", "claim"))):
                self.entry(row, entry, ended, n)

    def entry(self, row: Mapping[str, Any], kind: str, ended: datetime, n: int) -> None:
        said = {"contractor": self.of(CONTRACTORS), "project": row["project"], "key": row["key"]}
        amount = f"{1 + self.random.randrange(300_000) / 100:.2f}"
        for nth, one in enumerate((kind, *self.of(((), ("recovery",), ("waiver",)) if kind == "claim" else ((),)))):
            day = (ended + timedelta(hours=8, days=self.of((-1, 0, 0, 40)))).date()
            duty = f"R{n}/CS-4.3.4b" + (".claim" if nth else "")
            self.entries.append({**said, "kind": one, "day": day, "amount": amount, "duty": duty})


async def keep(url: str, chance: Chance) -> None:
    """Put the rows into the records, past whatever writes them otherwise."""
    edition = editions.newest()
    connection = await connect(url)
    encode = {"schema": "pg_catalog", "encoder": _json, "decoder": _read, "format": "text"}
    await connection.set_type_codec("jsonb", **encode)
    try:
        await connection.executemany(
            """
            INSERT INTO complaints (key, cursor, number, source, external_id, project, received_at, received_by,
                channel, category, customer, contact, building, matter, demand, about, facts, proposal, watch, related,
                edition_name, edition_digest, opened_at, level, track, leg, revision, closed_at, watched, journal_hash,
                department, major, handled_at, matters, reopens, customer_key, contact_keys, said_words, building_key,
                building_words)
            VALUES ($1, 1, $2, 'test', $1, $3, $4, $5, $6, $7, '张伟', '138', '3栋', '漏水', '', '{}', '{}',
                '{"level": 3}', '[]', $8, $9, $10, $4, $11, $18, 1, 0, $12, false, '', $13, $14, $15, $16, $17,
                '张伟', '{138}', '漏水', '3', '3栋')
            """,
            [
                (
                    *(one["key"], one["number"], one["project"], one["received_at"], one["received_by"]),
                    *(one["channel"], one["category"], one["related"], edition.name, edition.digest, one["level"]),
                    *(one["closed_at"], one["department"], one["major"], one["handled_at"], one["matters"]),
                    *(one["reopens"], one["track"]),
                )
                for one in chance.complaints
            ],
        )
        await connection.executemany(
            """
            INSERT INTO duties (key, id, rule, role, department, owner, leg, since, opened_at, due, limit_of, status,
                breached_at, closed_at, awaits, whole)
            VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8, 'document', $9,
                CASE WHEN coalesce($10, 'infinity'::timestamptz) > $8 THEN $8 END, $10, '{}', $11)
            """,
            [
                (
                    *(one["key"], one["id"], one["rule"], one["role"], one["department"], one["owner"], one["since"]),
                    *(one["due"], one["status"], one["closed_at"], one["whole"]),
                )
                for one in chance.duties
            ],
        )
        await connection.executemany(
            """
            INSERT INTO acts (key, seq, kind, by, at, recorded_at, duty, rule, form, reason)
            VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9)
            """,
            [
                (
                    *(one["key"], one["seq"], one["kind"], one["by"], one["at"], one["duty"], one["rule"], one["form"]),
                    one["reason"],
                )
                for one in chance.acts
            ],
        )
        await _book(connection, chance.entries)
    finally:
        await connection.close()


async def _book(connection: Any, entries: Sequence[Mapping[str, Any]]) -> None:
    """Every contractor has ten million, so that every deduction can be booked."""
    for contractor in CONTRACTORS:
        for project in PROJECTS:
            await connection.execute(
                "INSERT INTO retention_accounts (contractor, project) VALUES ($1, $2)", contractor, project
            )
            await connection.execute(
                """
                INSERT INTO retention_entries (contractor, project, kind, amount, balance, day, voucher, by)
                VALUES ($1, $2, 'deposit', 10000000, 10000000, '2025-01-01', 'v', 'x')
                """,
                contractor,
                project,
            )
    for one in entries:
        await connection.execute(
            """
            INSERT INTO retention_entries (contractor, project, kind, amount, balance, day, voucher, key, duty, audited,
                by)
            SELECT $1, $2, $3, $4::text::numeric, balance - CASE $3 WHEN 'deduction' THEN $4::text::numeric ELSE 0 END,
                   $5, 'v', $6, $7, $4::text::numeric, 'x'
            FROM retention_accounts WHERE contractor = $1 AND project = $2
            ON CONFLICT DO NOTHING
            """,
            *(one["contractor"], one["project"], one["kind"], one["amount"], one["day"], one["key"], one["duty"]),
        )


def cases(seed: int, count: int) -> Chance:
    """This many cases by chance."""
    chance = Chance(seed)
    for nth in range(count):
        chance.case(nth)
    return chance


def some_are_no_complaints(chance: Chance) -> Chance:
    """The same cases; some are mere enquiries or not valid, and some customers had come with one of these before."""
    for nth, one in enumerate(chance.complaints):
        one["track"] = chance.of(("ordinary", "ordinary", "ordinary", "invalid", "enquiry"))
        for earlier in one["related"]:
            earlier["key"] = chance.of((earlier["key"], f"case-{max(nth - 1, 0):05d}"))
    for duty in chance.duties:
        if chance.random.random() < 0.1:
            duty["rule"] = chance.of(("ENQUIRY.answer", "INVALID.confirmation"))
    return chance


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _read(text: str) -> Any:
    return json.loads(text)
