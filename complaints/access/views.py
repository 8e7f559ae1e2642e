"""Show something as a principal may see it: contacts masked, and nothing named that is hidden from them. Pure.

`seen_by` takes whatever is shown: a case file, lines of lists, journals, forms, reports, a customer's file, a draw. It
returns the same type, so that screens, papers and answers need no second shape. Three things happen to it:

- fields that hold a name, a contact or a home are masked, by their names (`FIELDS`), in models and in filled-in forms;
- in every other text, what is known of the customer and what looks like a number is masked (`redacted`). Free text is
  the limit of this: a name that nobody entered as one, or a number in words, stays;
- complaints about the principal are left out: links to them, lines of lists and journals that name them, and their ids
  where they stand alone.

Where something is masked or left out, signed texts and their signatures are left out of the journal, too.

What is masked is no longer what was sealed: hashes and digests stay as they are and prove the original, not the view.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel

from complaints.access.policy import Sees, Sight
from complaints.base.masking import (
    Identity,
    masked_contact,
    masked_home,
    masked_name,
    patterns,
    redacted,
)
from complaints.case.events.signing import StatementSigned
from complaints.case.file import JournalLine, Notice
from complaints.customers.file import Changed, CustomerFile, CustomerLine, Home, Neighbour, SpokenTo
from complaints.reports.model import Drafted, ReportContent, ReportRow, ReportTable, StoredReport
from complaints.revisits.lines import Member, Unsatisfied

T = TypeVar("T")
Mask = Callable[[str], str]

FIELDS: Mapping[str, Mask | None] = {
    "customer": masked_name,
    "contact": masked_contact,
    "building": masked_home,
    "site": masked_home,
    "home": masked_home,
    "homes": masked_home,
    "unit": lambda unit: "*" * len(unit),
    "whom": masked_name,  # of a visit (MC-5.1.1)
}
"""Name of a field, in models and in forms → how it is masked."""


def _masked_speaker(name: str) -> str:
    """Mask who spoke for the customer. It is no name of the customer, and often none at all: 母亲, 邻居."""
    return masked_name(name)


CONTACT_FORM = frozenset(("channel", "said", "who", "urging", "reached", "word", "link"))
"""Fields of the form of a contact, in which `who` is somebody of the customer's; elsewhere it is a colleague."""

OF_MODELS: Mapping[type[BaseModel], Mapping[str, Mask | None]] = {
    CustomerLine: {"name": masked_name},
    CustomerFile: {"name": masked_name},
    Neighbour: {"name": masked_name, "customer": None},
    Changed: {"name": masked_name},
    Home: {"building": None},  # the block, beside `unit`
    Member: {"name": masked_name, "customer": None, "building": None},
    Unsatisfied: {"name": masked_name, "customer": None},
    SpokenTo: {"who": _masked_speaker},
}
"""Fields of models that differ from `FIELDS`; None: an id, or a block, which stays."""

EXACT = frozenset(
    (
        *("key", "id", "number", "hash", "prev", "sha256", "digest", "journal_hash", "act_id", "duty", "rule", "kind"),
        *("to", "by", "owner", "role", "department", "contractor", "draw", "survey", "edition", "content", "superiors"),
    )
)
"""Fields that are ids, codes or hashes: they are shown as they are, whatever they look like."""

NAMING = ("key", "number", "case", "complaint", "to")
"""Fields that say which case something is about. `to` is the other case in an act of merging or gathering."""

BUSINESS = frozenset(("third_party", "third_party_contact", "payee", "reach", "phone", "mail", "email"))
"""Fields with contacts of firms and colleagues, which are no customer's."""


def seen_by(sight: Sight, thing: T, identity: Identity | None = None) -> T:
    """Return the thing as the principal may see it.

    `identity` is what is known of the customers that it is about; for a case file, a customer's file and lines of lists
    it is taken from the thing itself. Pass `identity_of(file)` with what belongs to a case and does not say so: its
    journal, a single act, a notice.
    """
    seen = _View(sight, patterns(identity or identity_of(thing))).value(None, thing, None)
    return cast(T, seen)


def identity_of(thing: object) -> Identity:
    """Return what identifies the customers that a thing is about, corrections of it included."""
    found: dict[str, dict[str, None]] = {"customer": {}, "contact": {}, "building": {}}
    _gather(thing, found)
    return Identity(
        names=tuple(found["customer"]),
        contacts=tuple(found["contact"]),
        homes=tuple(found["building"]),
    )


class _View:
    """Walks through a thing and returns it as it may be seen."""

    def __init__(self, sight: Sight, known: Sequence[re.Pattern[str]]) -> None:
        if sight.sees is Sees.RESIDENT:
            raise TypeError("a resident sees a view of its own: `complaints.access.resident_view`")
        self._sight = sight
        self._known = known
        self._gone = frozenset(one.casefold() for one in sight.hidden)
        hidden = "|".join(re.escape(one) for one in sorted(sight.hidden, key=len, reverse=True))
        after = r"(?![0-9A-Za-z_]|-[0-9A-Za-z])"
        self._hidden = re.compile(rf"(?<![0-9A-Za-z_-])(?:{hidden}){after}", re.IGNORECASE) if hidden else None

    def value(self, name: str | None, value: Any, of: type[BaseModel] | None) -> Any:
        """Return the value of a field, or an element of it, as it may be seen."""
        match value:
            case str():
                return self._text(name, value, of)
            case BaseModel():
                return self._model(value)
            case dict():
                return self._form(cast("dict[Any, Any]", value))
            case list() | tuple():
                return self._several(name, cast("Sequence[Any]", value), of)
            case _:
                return value

    def _text(self, name: str | None, text: str, of: type[BaseModel] | None) -> str:
        if not text or type(text) is not str:  # a value of an enum is no text
            return text
        if self._hidden is not None:
            if self._is_gone(text):
                return ""
            text = text if name in EXACT else self._hidden.sub("—", text)
        if self._sight.whole:
            return text
        fields = FIELDS if of is None else {**FIELDS, **OF_MODELS.get(of, {})}
        if name is not None and name in fields:
            mask = fields[name]
            return text if mask is None else mask(text)
        return text if name in EXACT or name in BUSINESS else redacted(text, self._known)

    def _model(self, thing: BaseModel) -> BaseModel:
        kind = type(thing)
        if isinstance(thing, Drafted | ReportContent | ReportTable):
            return self._report(thing)
        if isinstance(thing, JournalLine) and thing.kind == StatementSigned.kind and not self._sight.whole:
            # The text has everything that was signed in one string, and would prove nothing once it is masked.
            thing = thing.model_copy(update={"data": {**thing.data, "text": "", "signature": ""}})
        changes = {
            name: after
            for name, field in kind.model_fields.items()
            if (after := self._field(name, before := getattr(thing, name), kind, field.annotation)) is not before
            and after != before
        }
        return thing.model_copy(update=changes) if changes else thing

    def _field(self, name: str, value: Any, of: type[BaseModel], annotation: Any) -> Any:
        """Return a field of a model as it may be seen: None or empty if it names a hidden complaint."""
        if self._names_one(name, value):
            if type(None) in get_args(annotation):
                return None
            return _emptied(value)
        return self.value(name, value, of)

    def _several(self, name: str | None, values: Sequence[Any], of: type[BaseModel] | None) -> Any:
        kept = [self.value(name, one, of) for one in values if not self._names_one(name, one)]
        return tuple(kept) if isinstance(values, tuple) else kept

    def _form(self, form: dict[Any, Any]) -> dict[Any, Any]:
        """Return a filled-in form, the data of a journal line, or any other mapping."""
        seen = {
            name: _emptied(one) if self._names_one(str(name), one) else self.value(str(name), one, None)
            for name, one in form.items()
            if not self._is_gone(name)
        }
        if self._sight.whole:
            return seen
        if set(form) <= CONTACT_FORM and {"channel", "said"} <= set(form) and isinstance(form.get("who"), str):
            seen["who"] = _masked_speaker(form["who"])
        if set(form) == {"field", "said"} and isinstance(form["said"], str):
            seen["said"] = self._text(str(form["field"]), form["said"], None)  # what a correction replaced
        return seen

    # --- complaints about the principal

    def _is_gone(self, value: Any) -> bool:
        """Return whether it is the key or the number of a hidden complaint, or an id that begins with its key."""
        return isinstance(value, str) and value.strip().casefold().partition("/")[0] in self._gone

    def _names_one(self, name: str | None, value: Any) -> bool:
        """Return whether a field, or a line of a list, is a hidden complaint's, or is about one."""
        if not self._gone:
            return False
        match value:
            case str():
                return self._is_gone(value)
            case JournalLine():
                return self._is_told(value.data)
            case Notice():
                return self._is_told(value.params)
            case BaseModel():
                return any(self._is_gone(getattr(value, one, None)) for one in NAMING)
            case dict():
                said = cast("dict[Any, Any]", value)
                return any(self._is_gone(said.get(one)) for one in NAMING)
            case _:
                return False

    def _is_told(self, data: Any) -> bool:
        """Return whether the data of a journal line or a notice name a hidden complaint, other than in a list.

        Of a list only the complaint goes: an opening that lists earlier complaints is about the case itself.
        """
        if isinstance(data, dict):
            return any(self._is_told(one) for one in cast("dict[Any, Any]", data).values())
        return self._is_gone(data)

    # --- reports: sealed, and shown without the rows that name what is hidden

    def _report(self, report: Drafted | ReportContent | ReportTable) -> BaseModel:
        if isinstance(report, ReportTable):
            return self._table(report)
        if isinstance(report, ReportContent):
            missing = tuple(one for one in report.missing if not self._is_gone(one))
            tables = tuple(self._table(one) for one in report.tables)
            says = tuple(one.model_copy(update={"params": self._params(one.params)}) for one in report.says)
            return report.model_copy(update={"tables": tables, "missing": missing, "says": says})
        gone = {place for place, number in enumerate(report.cases) if number in self._sight.hidden}
        behind = {
            figure: tuple(place for place in places if place not in gone) for figure, places in report.behind.items()
        }
        cases = tuple("" if place in gone else number for place, number in enumerate(report.cases))
        changes: dict[str, Any] = {"report": self._report(report.report), "behind": behind, "cases": cases}
        if isinstance(report, StoredReport):
            changes["named"] = tuple(one for one in report.named if one not in self._sight.hidden)
            changes["remarks"] = self._cell(None, report.remarks)
        return report.model_copy(update=changes)

    def _table(self, table: ReportTable) -> ReportTable:
        rows = (row for row in table.rows if not (table.listing and self._names_hidden(row)))
        columns = [column.key for column in table.columns]
        return table.model_copy(update={"rows": tuple(self._row(row, columns) for row in rows)})

    def _row(self, row: ReportRow, columns: Sequence[str]) -> ReportRow:
        values = tuple(
            self._cell(column, value) if isinstance(value, str) else value
            for column, value in zip(columns, row.values, strict=False)
        )
        return row.model_copy(update={"values": (*values, *row.values[len(columns) :])})

    def _params(self, params: Mapping[str, str | int]) -> dict[str, str | int]:
        return {name: self._cell(name, one) if isinstance(one, str) else one for name, one in params.items()}

    def _cell(self, column: str | None, value: str) -> str:
        return self._text(column, value, None)

    def _names_hidden(self, row: ReportRow) -> bool:
        named = {*row.key.split(), *(row.name or "").split()}
        return not named.isdisjoint(self._sight.hidden)


def _emptied(value: Any) -> Any:
    """Return nothing of the kind of the value: what is left of a field that is about a hidden complaint."""
    match value:
        case str():
            return ""
        case BaseModel():
            texts = {name: "" for name in type(value).model_fields if type(getattr(value, name)) is str}
            return value.model_copy(update=texts)
        case _:
            return None


_NAMES = ("customer", "contact", "building")


def _gather(thing: object, found: Mapping[str, dict[str, None]]) -> None:
    """Collect the customers' names, contacts and homes that a thing states, wherever they stand in it."""
    match thing:
        case ReportTable():
            for row in thing.rows:
                for column, value in zip(thing.columns, row.values, strict=False):
                    _state_of(column.key, value, {}, found)
        case BaseModel():
            own = OF_MODELS.get(type(thing), {})
            for name in type(thing).model_fields:
                value = getattr(thing, name)
                _state_of(name, value, own, found)
                if not isinstance(value, str | datetime):
                    _gather(value, found)
        case dict():
            form = cast("dict[str, Any]", thing)
            for name, value in form.items():
                _state_of(name, value, {}, found)
                _gather(value, found)
            if set(form) == {"field", "said"}:
                _state_of(str(form["field"]), form["said"], {}, found)
        case list() | tuple():
            for one in cast("Iterable[object]", thing):
                _gather(one, found)
        case _:
            pass


def _state_of(name: str, value: Any, own: Mapping[str, Mask | None], found: Mapping[str, dict[str, None]]) -> None:
    if not isinstance(value, str) or not value:
        return
    if own.get(name) is masked_name:
        found["customer"][value] = None
    elif name in ("site", "home"):
        found["building"][value] = None
    elif name in _NAMES and own.get(name, masked_name) is not None:
        found[name][value] = None
