"""Check the rules of an edition against each other and against the rest of the product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import get_args

from complaints.clock.limits import EndOfPeriod, OfficeHours
from complaints.clock.period_opening import unfit
from complaints.editions.addressees import NAMING, PREFIXES, WORDS, Argument, parted
from complaints.editions.form_keys import FormKey
from complaints.editions.model import (
    CHAPTERS,
    HOUSE,
    OFFICE,
    RECEIVER,
    LimitSource,
    Per,
    Rule,
    RuleKind,
    RulePlace,
    Whom,
)
from complaints.editions.parse import RuleEntry, RuleFile
from complaints.editions.problems import EditionProblem
from complaints.people.roles import ROLES
from complaints.people.rows import KINDS
from complaints.texts import known

CRISIS = "CR"
"""The procedure whose clocks can never be paused."""
FORM_KEYS = frozenset(get_args(FormKey))
_OWED = (RuleKind.DUTY, RuleKind.APPROVAL)
_TIMED = ("limit", "otherwise", "urgent", "anchor", "reminders", "escalate_every", "pausable")
_PAUSABLE = ("elapsed", "office_hours", "days", "workdays")  # kinds of limit that can be paused
_OF_ROUNDS = ("opens", "per", "kinds")
_OF_DEPARTMENTS = tuple(key for key, role in ROLES.items() if role.per_department)
_MEASURES = ("loss", "households", "media", "repeats")


def check_together(name: str, documents: tuple[RuleFile, ...]) -> list[EditionProblem]:
    """Return the problems that show only across the files of an edition. `name` is the folder's."""
    problems = [*_headers(name, documents)]
    rules: dict[str, Rule] = {}
    places: dict[str, RulePlace] = {}
    for document in documents:
        for entry in document.entries:
            id = entry.raw.get("id")
            if not isinstance(id, str):
                continue
            if id in places:
                problems.append(_at(entry, "id", "rule-twice", place=str(places[id])))
                continue
            places[id] = RulePlace(entry.file, entry.line())
            if entry.rule:
                rules[id] = entry.rule
    roles = frozenset(ROLES).union(*(own_roles(document) for document in documents))
    for document in documents:
        for entry in document.entries:
            if entry.rule:
                problems.extend(_rule(entry, entry.rule, rules, roles))
    return problems


def own_roles(document: RuleFile) -> frozenset[str]:
    """Return the roles that a file's header declares: a company's directory may have roles beyond the product's."""
    return frozenset(str(role) for role in document.header.get("roles", ()))


def _headers(name: str, documents: tuple[RuleFile, ...]) -> Iterator[EditionProblem]:
    seen: dict[str, str] = {}
    for document in documents:
        table = document.header_table
        said = document.header.get("name")
        if isinstance(said, str) and said != name:
            yield EditionProblem(document.file, table.where("name"), "name-differs", {"said": said, "folder": name})
        if procedure := document.procedure:
            if procedure.key in seen:
                params = {"procedure": procedure.key, "file": seen[procedure.key]}
                yield EditionProblem(document.file, table.where("procedure"), "procedure-twice", params)
            seen.setdefault(procedure.key, document.file)
    chosen = [document for document in documents if "chapters" in document.header]
    for document in chosen:
        if document.header["chapters"] not in CHAPTERS or document.header["chapters"] != chosen[0].header["chapters"]:
            params = {"said": str(document.header["chapters"]), "chapters": ", ".join(CHAPTERS)}
            yield EditionProblem(document.file, document.header_table.where("chapters"), "chapters-wrong", params)


def _rule(entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule], roles: frozenset[str]) -> Iterator[EditionProblem]:
    yield from _names(entry, rule)
    yield from _owner(entry, rule, roles)
    if rule.kind in _OWED or (rule.kind is RuleKind.MAJOR and rule.limit):
        yield from _timing(entry, rule)
        yield from _urgent(entry, rule, rules)
    else:
        for field in _TIMED:
            if field in entry.raw:
                yield _at(entry, field, "field-out-of-place", field=field, kind=rule.kind.value)
    if rule.form is not None and rule.form not in FORM_KEYS:
        yield _at(entry, "form", "form-unknown", form=rule.form)
    if rule.kind is RuleKind.CRITERION:
        yield from _criterion(entry, rule)
    if rule.kind is RuleKind.MAJOR:
        yield from _major(entry, rule)
    yield from _office_hours(entry, rule)
    yield from _watched(entry, rule, rules)
    yield from _periodic(entry, rule, rules)
    yield from _tellings(entry, rule, rules, roles)
    yield from _deciding(entry, rule, rules)


def _names(entry: RuleEntry, rule: Rule) -> Iterator[EditionProblem]:
    """Check that a document's rule has a clause and an id beginning with document and clause; a house rule has none."""
    if rule.procedure == HOUSE:
        if rule.clause:
            yield _at(entry, "clause", "clause-of-house")
        if rule.source is LimitSource.DOCUMENT:
            yield _at(entry, "source", "source-of-house")
        return
    if not rule.clause:
        yield _at(entry, "clause", "field-missing", field="clause")
    elif not re.fullmatch(rf"{re.escape(rule.procedure)}-{re.escape(rule.clause)}[a-z]?(\.\w+)*", rule.id):
        yield _at(entry, "id", "id-not-of-clause", start=f"{rule.procedure}-{rule.clause}")
    if "source" not in entry.raw:
        yield _at(entry, "source", "field-missing", field="source")


def _owner(entry: RuleEntry, rule: Rule, roles: frozenset[str]) -> Iterator[EditionProblem]:
    if rule.owner and rule.owner not in roles:
        yield _at(entry, "owner", "role-unknown", role=rule.owner, roles=", ".join(sorted(roles)))
    if rule.whom is Whom.NAMED and rule.owner:
        yield _at(entry, "owner", "owner-of-named")
    if rule.kind in _OWED and rule.whom is not Whom.NAMED and not rule.owner:
        yield _at(entry, "owner", "field-missing", field="owner")


def _timing(entry: RuleEntry, rule: Rule) -> Iterator[EditionProblem]:
    for field in ("limit", "anchor"):
        if not getattr(rule, field):
            yield _at(entry, field, "limit-missing" if field == "limit" else "field-missing", field=field)
    if rule.anchor and not known(f"anchor.{rule.anchor}"):
        yield _at(entry, "anchor", "anchor-unknown", anchor=rule.anchor)
    if rule.pausable and (rule.procedure == CRISIS or not rule.limit or rule.limit.kind not in _PAUSABLE):
        yield _at(entry, "pausable", "pausable-wrong", kinds=", ".join(_PAUSABLE))
    if rule.otherwise and (rule.otherwise.kind == "promised" or (rule.limit and rule.limit.kind != "promised")):
        yield _at(entry, "otherwise", "otherwise-without-promise")


def _urgent(entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule]) -> Iterator[EditionProblem]:
    """Check limits in office hours: only the house's keep them, with another limit for urgent cases, which do not."""
    if isinstance(rule.limit, OfficeHours) or isinstance(rule.otherwise, OfficeHours):
        if isinstance(rule.limit, OfficeHours) and rule.source is LimitSource.DOCUMENT:
            yield _at(entry, "limit", "office-hours-of-document")
        if rule.urgent is None:
            yield _at(entry, "limit", "urgent-missing")
        if OFFICE not in rules:
            yield _at(entry, "limit", "office-hours-unknown", policy=OFFICE)
    elif rule.urgent is not None:
        yield _at(entry, "urgent", "urgent-without-office-hours")
    if isinstance(rule.urgent, OfficeHours) or (rule.urgent and rule.urgent.kind == "promised"):
        yield _at(entry, "urgent", "urgent-wrong")


def _tellings(
    entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule], roles: frozenset[str]
) -> Iterator[EditionProblem]:
    """Check that every addressee of `tells` is one (`complaints.editions.addressees`)."""
    if rule.tells and rule.kind not in _OWED:
        yield _at(entry, "tells", "not-owed", field="tells", kind=rule.kind.value)
    for addressee in rule.tells:
        prefix, argument = parted(addressee)
        match PREFIXES.get(prefix):
            case Argument.FIELD:
                fields = NAMING.get(rule.form or "", ())
                if argument not in fields:
                    said = {"form": rule.form or "—", "fields": ", ".join(fields) or "—"}
                    yield _at(entry, "tells", "tells-field", field=argument, **said)
            case Argument.ROLE:
                if argument not in _OF_DEPARTMENTS:
                    yield _at(entry, "tells", "tells-each", role=argument, roles=", ".join(_OF_DEPARTMENTS))
            case Argument.RULE:
                if not any(id == argument or id.startswith(f"{argument}.") for id in rules):
                    yield _at(entry, "tells", "tells-rule", other=argument)
            case None:
                if prefix or argument not in {*WORDS, *roles}.difference(_OF_DEPARTMENTS):
                    words = ", ".join([*WORDS, *(f"{known}:…" for known in PREFIXES)])
                    yield _at(entry, "tells", "tells-unknown", addressee=addressee, words=words)


def _deciding(entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule]) -> Iterator[EditionProblem]:
    """Check who may not decide (`judges`), and what can be done about an answer or a date besides the duty itself."""
    if rule.judges and rule.kind not in _OWED:
        yield _at(entry, "judges", "not-owed", field="judges", kind=rule.kind.value)
    for judged in rule.judges:
        if judged == RECEIVER:
            continue
        if judged == rule.id or judged not in rules or rules[judged].kind not in _OWED:
            yield _at(entry, "judges", "judges-wrong", other=judged)
    if rule.contact and rule.kind is not RuleKind.DUTY:
        yield _at(entry, "contact", "contact-wrong", kind=rule.kind.value)
    if rule.revisable and (rule.kind is not RuleKind.DUTY or rule.form is None):
        yield _at(entry, "revisable", "revisable-wrong")
    if rule.unreachable is not None:
        giving_up = rules.get(rule.unreachable)
        if not rule.contact or giving_up is None or giving_up.kind is not RuleKind.APPROVAL:
            yield _at(entry, "unreachable", "unreachable-wrong", other=rule.unreachable)
    if rule.date_approval is not None:
        approval = rules.get(rule.date_approval)
        if approval is None or approval.kind is not RuleKind.APPROVAL:
            yield _at(entry, "date_approval", "date-approval-unknown", other=rule.date_approval)
        if rule.limit is None or rule.limit.kind != "promised":
            yield _at(entry, "date_approval", "date-approval-wrong")


def _criterion(entry: RuleEntry, rule: Rule) -> Iterator[EditionProblem]:
    """Check that a criterion has a level and exactly one figure; level 4 is the remainder, so it has no figure."""
    if rule.figures.level is None:
        yield _at(entry, "figures", "figure-missing", figure="level")
        return
    measures = [name for name in _MEASURES if getattr(rule.figures, name) is not None]
    if rule.figures.level == 4 and measures:
        yield _at(entry, "figures", "figures-of-the-rest")
    if rule.figures.level < 4 and len(measures) != 1:
        yield _at(entry, "figures", "threshold-missing", measures=", ".join(_MEASURES))


def _major(entry: RuleEntry, rule: Rule) -> Iterator[EditionProblem]:
    """Check that a rule on major complaints has either facts or a limit (how long it was open), and no level."""
    if rule.figures.level is not None:
        yield _at(entry, "figures", "figure-out-of-place", figure="level")
    if bool(rule.figures.facts) == bool(rule.limit):
        yield _at(entry, "figures", "facts-or-limit")


def _periodic(entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule]) -> Iterator[EditionProblem]:
    """Check rounds: a duty with `every` and `per`, a valid opening day; fields of rounds are invalid on other rules."""
    if rule.every is None:
        # `kinds` then names the departments asked.
        step = any(whole.every for whole in _whole(rule.id, rules)) or rule.owner in _OF_DEPARTMENTS
        for field in _OF_ROUNDS:
            if field in entry.raw and not (step and field == "kinds"):
                yield _at(entry, field, "round-part", field=field)
    else:
        if rule.kind is not RuleKind.DUTY:
            yield _at(entry, "every", "round-no-duty", kind=rule.kind.value)
        if rule.per is None:
            yield _at(entry, "per", "field-missing", field="per")
        if rule.opens and (wrong := unfit(rule.opens, rule.every)):
            yield _at(entry, "opens", "round-opens", field=wrong, every=rule.every.value)
        if rule.kinds and (rule.per not in (Per.DEPARTMENT, Per.OFFICE) or set(rule.kinds) - set(KINDS)):
            yield _at(entry, "kinds", "round-kinds", kinds=", ".join(KINDS))
    if isinstance(rule.limit, EndOfPeriod):
        over = rule.opens is not None and rule.opens.after
        if over or not any(whole.every for whole in _whole(rule.id, rules)):
            yield _at(entry, "limit", "round-end")


def _whole(id: str, rules: Mapping[str, Rule]) -> Iterator[Rule]:
    """Yield the rule with this id, and the rules that it is a step of."""
    while id:
        if id in rules:
            yield rules[id]
        id = id.rpartition(".")[0]


def _office_hours(entry: RuleEntry, rule: Rule) -> Iterator[EditionProblem]:
    """Check that office hours open before they close, and that a roster (for the time outside) comes with them."""
    opens, closes = rule.figures.opens, rule.figures.closes
    if rule.id == OFFICE and opens is None and closes is None:
        yield _at(entry, "figures", "figure-missing", figure="opens")
        return
    if (opens is None) != (closes is None) or (rule.figures.roster and opens is None):
        yield _at(entry, "figures", "figure-missing", figure="closes" if opens else "opens")
    elif opens is not None and closes is not None and opens >= closes:
        yield _at(entry, "figures", "hours-backwards", opens=opens, closes=closes)


def _watched(entry: RuleEntry, rule: Rule, rules: Mapping[str, Rule]) -> Iterator[EditionProblem]:
    """Check `of`: a share needs a criterion with a loss; a limit on date changes needs a duty with a promised date."""
    figures = rule.figures
    if figures.changes is not None:
        dated = rules.get(figures.of or "")
        if dated is None or dated.limit is None or dated.limit.kind != "promised":
            yield _at(entry, "figures", "promise-unknown", duty=figures.of or "—")
        return
    if figures.share is not None and figures.of is None:
        yield _at(entry, "figures", "figure-missing", figure="of")
    if figures.of is None:
        return
    of = rules.get(figures.of)
    if of is None or of.kind is not RuleKind.CRITERION:
        yield _at(entry, "figures", "criterion-unknown", criterion=figures.of)
    elif figures.share is not None and of.figures.loss is None:
        yield _at(entry, "figures", "share-of-nothing", criterion=figures.of)


def _at(entry: RuleEntry, field: str | None, code: str, /, **params: str) -> EditionProblem:
    return EditionProblem(entry.file, entry.line(field), code, {"rule": str(entry.raw.get("id", "[[rule]]")), **params})
