"""What is due for destruction on a day, why and since when; and what is spared, and by what."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from pydantic import AwareDatetime

from complaints.base import Frozen
from complaints.base.canonical import plain
from complaints.retention.chains import chains
from complaints.retention.terms import RecordKind, RetentionTerms, kept_through


class Kept(Frozen):
    """A stored record, with what decides whether it may go. It says nothing about a customer."""

    kind: RecordKind
    key: str  # of a case: its workflow id; of a report: its id
    name: str  # its number
    project: str
    since: date | None  # the local day of closing or issue; None: open, or not issued yet
    seal: str  # the last hash of the journal; of a report the digest of its last revision
    lines: int = 0  # of the journal
    links: tuple[str, ...] = ()  # keys of the cases it was merged or gathered with, or that it reopens
    hold: int | None = None  # id of the hold on it that was set first


class Due(Frozen):
    """A record whose own term is over."""

    kind: RecordKind
    key: str
    name: str
    project: str
    since: date
    kept_through: date


class RemovableRecord(Due):
    """A record that may go. `with_others` are the numbers of the cases that go together with it."""

    rule: str
    seal: str
    lines: int
    chain: str  # equal for records that go together: the first one's key
    with_others: tuple[str, ...] = ()


class Spared(Due):
    """A due record that stays because of a hold or of another case of its chain.

    `because` is "hold" or "link", the texts `keeping.spared.<because>`; `hold` is the hold's id, `other` the number of
    the other case: the one that is held, open, or not due yet.
    """

    because: str
    hold: int | None = None
    other: str | None = None


class DueRecords(Frozen):
    """The records that have come due, sorted by kind and number."""

    day: date
    going: tuple[RemovableRecord, ...] = ()
    spared: tuple[Spared, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind go."""
        return dict(sorted(Counter(one.kind.value for one in self.going).items()))

    @property
    def digest(self) -> str:
        """The digest that an approval names: SHA-256 over all records that go, each with the end of its journal."""
        said = json.dumps(plain(self.going), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()


class DestructionList(Frozen):
    """A destruction list as its approver gets it. A period has one list, the same on every request."""

    id: str  # "destruction-2026-11"
    period: str
    day: date  # what was due by the end of this day
    at: AwareDatetime
    counts: dict[str, int]
    spared: int
    digest: str


def listing(records: Iterable[Kept], terms: RetentionTerms, day: date) -> DueRecords:
    """Decide what may go on `day`, out of all ended records and all records linked to any of them.

    A chain goes when the last of its cases may; if one of them is held, open or not due, all of it stays.
    """
    lying = list(records)
    by_key = {one.key: one for one in lying if one.kind is RecordKind.CASE}
    groups = chains((one.key, other) for one in by_key.values() for other in one.links if other in by_key)
    going: list[RemovableRecord] = []
    spared: list[Spared] = []
    for one in sorted(lying, key=lambda one: (one.kind, one.name, one.key)):
        if one.since is None or (end := kept_through(one.since, terms.of(one.kind).months)) >= day:
            continue
        chain = [by_key[key] for key in groups.get(one.key, ())] if one.kind is RecordKind.CASE else []
        others = sorted((other for other in chain if other is not one), key=lambda other: other.name)
        common = {"kind": one.kind, "key": one.key, "name": one.name, "project": one.project}
        dates = {"since": one.since, "kept_through": end}
        kept_by = _kept_by(one, others, terms, day)
        if kept_by:
            spared.append(Spared.model_validate({**common, **dates, **kept_by}))
            continue
        more = {"rule": terms.of(one.kind).rule, "seal": one.seal, "lines": one.lines}
        together = {
            "chain": min([one.key, *(other.key for other in others)]),
            "with_others": tuple(other.name for other in others),
        }
        going.append(RemovableRecord.model_validate({**common, **dates, **more, **together}))
    return DueRecords(day=day, going=tuple(going), spared=tuple(spared))


def _kept_by(one: Kept, others: Sequence[Kept], terms: RetentionTerms, day: date) -> dict[str, object]:
    """Why a record stays: a hold on itself, a hold in its chain, or a case of its chain that is open or not due."""
    if one.hold is not None:
        return {"because": "hold", "hold": one.hold}
    for other in others:
        if other.hold is not None:
            return {"because": "hold", "hold": other.hold, "other": other.name}
    for other in others:
        if other.since is None or kept_through(other.since, terms.case.months) >= day:
            return {"because": "link", "other": other.name}
    return {}
