"""The same figures once more, from raw rows, in plain Python: loops and sets where the product has SQL.

It shares no code with the product but the names of periods. All projects are in Shanghai, eight hours before UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

Found = dict[tuple[str, str, str], tuple[Any, set[str]]]
EIGHT_HOURS = timedelta(hours=8)
NO_COMPLAINT = ("invalid", "enquiry")
"""Tracks of cases that are no complaints (RV-4.1a)."""
OF_NO_COMPLAINT = ("INVALID", "ENQUIRY", "RV-4")
"""Beginnings of the rules whose duties count of such a case."""


class Oracle:
    """Counts of one period over `rows`: the raw rows by table."""

    def __init__(
        self,
        rows: Mapping[str, list[Mapping[str, Any]]],
        first: date,
        last: date,
        at: datetime,
        offices: Mapping[str, str],
        project: str | None = None,
        department: str | None = None,
    ) -> None:
        self.rows = rows
        self.begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - EIGHT_HOURS
        self.end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1) - EIGHT_HOURS
        self.until = min(self.end, at)
        self.at = at
        self.first, self.last = first, last
        self.offices = offices
        self.duties: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self.acts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for name, kept in (("duties", self.duties), ("acts", self.acts)):
            for row in rows[name]:
                kept[row["key"]].append(row)
        self.cases = {one["key"]: one for one in rows["complaints"] if self._of(one, project, department)}
        self.tracks = {one["key"]: one["track"] for one in rows["complaints"]}
        self.everything = department is None
        self.project = project

    def _of(self, one: Mapping[str, Any], project: str | None, department: str | None) -> bool:
        if project is not None and one["project"] != project:
            return False
        departments = {one["department"], *(duty["department"] for duty in self.duties[one["key"]])}
        return department is None or department in departments

    def here(self, at: datetime | None) -> bool:
        return at is not None and self.begin <= at < self.until

    def open_then(self, began: datetime, ended: datetime | None) -> bool:
        return began < self.until and not (ended is not None and ended < self.until)

    def alive(self, one: Mapping[str, Any]) -> bool:
        return one["received_at"] < self.until and (one["closed_at"] is None or one["closed_at"] >= self.begin)

    def count(self) -> Found:
        """Every figure by table, row and column, with the numbers behind it."""
        sums: dict[tuple[str, str, str], Any] = defaultdict(int)
        behind: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for table, row, column, n, key in self._events():
            sums[table, row, column] += n
            if key in self.cases:
                behind[table, row, column].add(self.cases[key]["number"])
        found: Found = {place: (n, behind[place]) for place, n in sums.items()}
        days = [
            (one["handled_at"] - one["received_at"]) / timedelta(days=1)
            for one in self.cases.values()
            if self.alive(one) and self.here(one["handled_at"]) and one["track"] not in NO_COMPLAINT
        ]
        if days:
            found["all", "all", "days"] = (median(days), found["all", "all", "handled"][1])
        return found

    def _events(self) -> Iterator[tuple[str, str, str, Any, str]]:
        for key, one in self.cases.items():
            if self.alive(one):
                yield from self._life(key, one)
                yield from self._duties(key)
                yield from self._acts(key)
                yield from self._matters(key, one)
        yield from self._money()

    def _life(self, key: str, one: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any, str]]:
        came = self.here(one["received_at"])
        by_customer = any(
            old["why"] == "customer" and self.tracks.get(old["key"]) not in NO_COMPLAINT for old in one["related"]
        )
        no_complaint = one["track"] in NO_COMPLAINT
        facts = (
            {one["track"]: came}
            if no_complaint
            else {
                "received": came,
                "handled": self.here(one["handled_at"]),
                "closed": self.here(one["closed_at"]),
                "open": self.open_then(one["received_at"], one["closed_at"]),
                "repeat": came and (one["reopens"] is not None or by_customer),
                "major": came and one["major"],
            }
        )
        places = {
            "all": "all",
            "category": one["category"],
            "channel": one["channel"],
            "project": one["project"],
            "level": str(one["level"] or "none"),
            "department": one["department"] or "none",
        }
        for measure, holds in facts.items():
            for table, row in places.items():
                if holds:
                    yield table, row, measure, 1, key

    def _duties(self, key: str) -> Iterator[tuple[str, str, str, Any, str]]:
        for duty in self.duties[key]:
            late = duty["closed_at"] is None or duty["closed_at"] > duty["due"]
            if not self.here(duty["due"] if late else duty["closed_at"]):
                continue
            if duty["status"] == "superseded" and not late:
                continue
            if self.tracks[key] in NO_COMPLAINT and not duty["rule"].startswith(OF_NO_COMPLAINT):
                continue
            columns = ["late"] if late else ["on_time"]
            if late and (duty["closed_at"] is None or duty["closed_at"] >= self.until):
                columns.append("still_open")
            for column in columns:
                yield "clauses", duty["rule"], column, 1, key
                waited_for = duty["whole"].get("waited_for") if late else None  # whose delay it was
                yield "offices", self.offices.get(waited_for or duty["owner"], "none"), column, 1, key
            if late:
                yield "causes", self._cause(key, duty), "late", 1, key

    def _cause(self, key: str, duty: Mapping[str, Any]) -> str:
        if duty["closed_at"] is not None and duty["closed_at"] < self.until:
            for act in self.acts[key]:
                if act["seq"] == duty["whole"]["act"] and act["reason"]:
                    return f"said:{act['reason']}"
        return f"{'waited' if 'waited_for' in duty['whole'] else 'role'}:{duty['role']}"

    def _acts(self, key: str) -> Iterator[tuple[str, str, str, Any, str]]:
        kinds = {
            **dict.fromkeys(("RV-4.3", "RV-4.2.again", "MERGED.revisit"), "handling"),
            **dict.fromkeys(("CS-4.2.3",), "effect"),
            **dict.fromkeys(("CR-5.4.2a",), "crisis"),
        }
        for act in self.acts[key]:
            if not self.here(act["at"]):
                continue
            if act["kind"] == "reschedule":
                duty = next(one for one in self.duties[key] if one["id"] == act["duty"])
                times = [datetime.fromisoformat(one["at"]) for one in duty["whole"]["changes"]]
                row = ["first", "second"][times.index(act["at"])] if act["at"] in times else "refused"
                yield "dates", row, "count", 1, key
            elif act["rule"] in kinds:
                yield "revisits", kinds[act["rule"]], act["form"].get("satisfaction", "unreached"), 1, key
            elif act["rule"] == "CS-4.3.5.finish" and act["form"]["signed"]:
                yield "revisits", "handling", "signed", 1, key

    def _matters(self, key: str, one: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any, str]]:
        for matter in one["matters"]:
            if matter["outcome"] in ("cancelled", "invalid"):
                continue
            since = datetime.fromisoformat(matter["since"])
            ended = datetime.fromisoformat(matter["ended_at"]) if matter["ended_at"] else None
            repair = matter["kind"] == "repair"
            table, row = ("repairs", matter["contractor"] or "team") if repair else ("corrective", one["category"])
            if self.here(since):
                yield table, row, "begun", 1, key
            if self.open_then(since, ended):
                yield table, row, "open", 1, key
            if self.here(ended):
                yield table, row, "ended", 1, key
                if matter["company_paid"]:
                    yield table, row, "company_paid", 1, key
                for name in ("audited", "deducted", "shortfall") if repair else ():
                    if Decimal(matter[name]):
                        yield table, row, name, Decimal(matter[name]), key

    def _money(self) -> Iterator[tuple[str, str, str, Any, str]]:
        names = {
            "deduction": ("deductions", "deducted"),
            "claim": ("claims", "claimed"),
            "recovery": ("", "recovered"),
            "waiver": ("", "waived"),
        }
        for entry in self.rows["retention_entries"]:
            if entry["kind"] in names and self.first <= entry["day"] <= self.last:
                if self.project is not None and entry["project"] != self.project:
                    continue
                if not self.everything and entry["key"] not in self.cases:
                    continue
                count, amount = names[entry["kind"]]
                if count:
                    yield "retention", entry["contractor"], count, 1, entry["key"]
                yield "retention", entry["contractor"], amount, entry["amount"], entry["key"]

    def missing(self) -> set[str]:
        """CR-5.4.3: numbers of the cases whose study was to be there by now and is not."""
        found: set[str] = set()
        for key, one in self.cases.items():
            for duty in self.duties[key] if self.alive(one) else ():
                if duty["rule"] != "CR-5.4.3" or duty["status"] == "superseded":
                    continue
                acts = [act for act in self.acts[key] if act["duty"] == duty["id"] and act["at"] < self.at]
                owed_before = duty["due"] <= self.begin and (
                    duty["closed_at"] is None or duty["closed_at"] >= self.begin
                )
                owed_now = self.begin < duty["due"] <= self.end and duty["since"] < self.until
                if not acts and (owed_before or owed_now):
                    found.add(one["number"])
        return found
