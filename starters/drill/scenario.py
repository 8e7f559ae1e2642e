"""A drill's scenario: which person does what and when, as a TOML file that reads like a story.

    title = { zh = "…", en = "…" }
    starts = "Monday 09:04"            # when the complaint is received, on the project's clock
    taken_in = "6 min"                 # how long until it is in the system
    complaint = { channel = "media" }  # what is different from the complaint that is played
    absent = ["ma.chao"]               # who is on leave through the whole story

    [[step]]                           # a step has exactly one verb …
    does = "CR-5.2.1a"                 # … here: what this duty asks, by its owner or by `by`
    after = "4 min"                    # time that passes before
    form = { level = 1, reason = { zh = "…", en = "…" } }
    tells = { zh = "…", en = "…" }     # what the narrator says before the step

Verbs, each with a duty as rule or id: `does`, `approves`, `returns` (`to`, `reason`), `delegates` and `countersigns`
(`to`, `reason`), `acknowledges` and `withdraws` (`by`), `passes_up` (`reason`), `reschedules` (`reason`, and in `form`
the date `promised`), `asks_date` (`reason`, and in `form` the `date`), `tries` (in `form` the `way` and a `note`),
`is_unreached`, `revises` (`reason`; what its `form` leaves out stays as it was answered), `entrusts` (`to`, `reason`,
and in `form` the date `until`), `recalls` (a `COUNTERSIGN` or `PREPARE`: `by`, `reason`), `urges` (`by`, `reason`),
`claims` (`by`).

Verbs on the case as a whole, all with `by`: `regrades` has a level; `opens` is "repair" or "corrective" and has `what`
in its form; `cancels` a matter ("R1"); `amends` is true and has in its form what was taken in wrongly; `comments` has
the text, `copies_to` the people; `reads` is true. `attaches` names a file beside the scenario, and has in its form its
`kind`, who it was `brought_by`, the duty it is `for_duty`, and its name in the case if that is another (`file`);
`detaches` names it as the case does. `contacts` has the channel of a further call or letter of the customer, and in its
form what they `said`, whether they were `urging`, and whether they were `reached`. `drops` is "oral" or "written", with
the customer's `words` and the `evidence` in its form. `cancels`, `amends`, `detaches` and `drops` need a `reason`.

`wait` lets time pass without acts. `everybody` lets all owners do their duties, each at their own pace: "until
CR-5.3.2a.3" (a duty of that rule is open), "for 4 h 15 min", "to the end"; `but_not` names duties that are left undone.
`refused` is the code with which an act must be refused. A text may be given in both languages, a time as "in 5 days at
18:00".
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from complaints.acts.ask_date import AskedDate
from complaints.acts.contact import CustomerContact
from complaints.acts.entrust import Preparation
from complaints.acts.open_matter import MatterForm
from complaints.acts.reschedule import NewDate
from complaints.acts.try_ import ContactAttempt
from complaints.base import Frozen
from complaints.base.errors import Refused
from complaints.base.fields import Key
from complaints.base.toml_lines import TomlTable, tables
from complaints.case.attachments import AttachedFile
from complaints.case.complaint import Channel
from complaints.case.file import ActKind, Duty, MatterKind
from complaints.case.forms import MatterId
from complaints.case.joined_forms import CustomerWithdrawal, WithdrawalWay
from complaints.editions.model import Edition
from complaints.forms import FORMS
from complaints.intake.forms import Correction
from complaints.texts import known, say
from starters.drill import spans


def _wrong(key: str, **params: Any) -> PydanticCustomError:
    """Build the error for a wrong value: the key of a text `drill.wrong.<key>`, and its parameters."""
    return PydanticCustomError(key, "{said}", {"said": f"{key} {params}", **params})  # pyright: ignore[reportArgumentType]


def _length(text: str) -> str:
    try:
        spans.span(text)
    except ValueError:
        raise _wrong("span", value=text) from None
    return text


def _start(text: str) -> str:
    try:
        spans.weekday_and_time(text)
    except ValueError:
        raise _wrong("start", value=text) from None
    return text


Span = Annotated[str, AfterValidator(_length)]
Start = Annotated[str, AfterValidator(_start)]


class BilingualText(Frozen):
    """A text in both languages."""

    zh: str
    en: str

    def says(self, lang: str) -> str:
        return self.en if lang == "en" else self.zh


ON_A_DUTY = {
    "does": ActKind.DISCHARGE,
    "approves": ActKind.APPROVE,
    "returns": ActKind.RETURN,
    "delegates": ActKind.DELEGATE,
    "countersigns": ActKind.COUNTERSIGN,
    "acknowledges": ActKind.ACKNOWLEDGE,
    "withdraws": ActKind.WITHDRAW,
    "passes_up": ActKind.PASS_UP,
    "reschedules": ActKind.RESCHEDULE,
    "asks_date": ActKind.ASK_DATE,
    "tries": ActKind.TRY,
    "is_unreached": ActKind.UNREACHED,
    "revises": ActKind.REVISE,
    "entrusts": ActKind.ENTRUST,
    "recalls": ActKind.RECALL,
    "urges": ActKind.URGE,
    "claims": ActKind.CLAIM,
}
ON_THE_CASE = {
    "regrades": ActKind.REGRADE,
    "opens": ActKind.OPEN_MATTER,
    "cancels": ActKind.CANCEL_MATTER,
    "amends": ActKind.AMEND,
    "comments": ActKind.COMMENT,
    "copies_to": ActKind.COPY,
    "reads": ActKind.READ,
    "attaches": ActKind.ATTACH,
    "detaches": ActKind.DETACH,
    "contacts": ActKind.CONTACT,
    "drops": ActKind.DROP,
}
VERBS = (*ON_A_DUTY, *ON_THE_CASE, "everybody", "wait")
WITH_A_FORM: dict[str, type[Frozen] | None] = {
    "does": None,
    "revises": None,
    "reschedules": NewDate,
    "asks_date": AskedDate,
    "tries": ContactAttempt,
    "opens": MatterForm,
    "entrusts": Preparation,
    "amends": Correction,
    "attaches": AttachedFile,
    "contacts": CustomerContact,
    "drops": CustomerWithdrawal,
}
"""Verbs that have a form → its class; None: the form of the duty's rule."""
NEED_REASON = (
    *("returns", "delegates", "countersigns", "withdraws", "passes_up", "reschedules", "asks_date", "revises"),
    *("entrusts", "recalls", "urges", "cancels", "amends", "detaches", "drops"),
)
NEED_TO = ("returns", "delegates", "countersigns", "entrusts")
NEED_BY = ("acknowledges", "withdraws", "recalls", "urges", "claims", *ON_THE_CASE)
_EVERYBODY = re.compile(r"until (\S+)|for (.+)|to the end")


class ScenarioStep(Frozen):
    """One step of the story: one verb and its fields."""

    does: str | None = None
    approves: str | None = None
    returns: str | None = None
    delegates: str | None = None
    countersigns: str | None = None
    acknowledges: str | None = None
    withdraws: str | None = None
    passes_up: str | None = None
    reschedules: str | None = None
    asks_date: str | None = None
    tries: str | None = None
    is_unreached: str | None = None
    revises: str | None = None
    entrusts: str | None = None
    recalls: str | None = None
    urges: str | None = None
    claims: str | None = None
    opens: MatterKind | None = None
    regrades: Annotated[int, Field(ge=1, le=4)] | None = None
    cancels: MatterId | None = None
    amends: Literal[True] | None = None
    comments: str | BilingualText | None = None
    copies_to: tuple[Key, ...] | None = None
    reads: Literal[True] | None = None
    attaches: str | None = None
    detaches: str | BilingualText | None = None
    contacts: Channel | None = None
    drops: WithdrawalWay | None = None
    everybody: str | None = None
    wait: Span | None = None

    by: str | None = None
    after: Span | None = None
    to: str | None = None
    reason: str | BilingualText = ""
    form: dict[str, Any] = {}
    revision: int | None = None
    but_not: tuple[str, ...] = ()
    pace: Annotated[float, Field(gt=0, lt=1)] | None = None  # for this step: share of a limit after which owners act
    refused: Refused | None = None
    tells: BilingualText | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> ScenarioStep:
        if len(self.verbs) != 1:
            raise _wrong("verbs", verbs=", ".join(VERBS), n=len(self.verbs))
        wrong = next((key for is_wrong, key in self._problems() if is_wrong), None)
        if wrong:
            raise _wrong(wrong, verb=self.verb)
        if self.lasting:
            _length(self.lasting)
        return self

    def _problems(self) -> Iterable[tuple[bool, str]]:
        verb = self.verb
        passing = verb in ("everybody", "wait")
        yield verb in NEED_TO and not self.to, "needs-to"
        yield verb in NEED_REASON and not self.reason, "needs-reason"
        yield verb in NEED_BY and not self.by, "needs-by"
        yield bool(self.form) and verb not in WITH_A_FORM, "form-with-does"
        yield bool(self.but_not or self.pace) and verb != "everybody", "only-everybody"
        yield passing and bool(self.by or self.to or self.refused), "nobody-in-particular"
        yield self.everybody is not None and not _EVERYBODY.fullmatch(self.everybody), "everybody"

    @property
    def verbs(self) -> list[str]:
        return [verb for verb in VERBS if getattr(self, verb) is not None]

    @property
    def verb(self) -> str:
        return self.verbs[0]

    @property
    def duty(self) -> str:
        """The rule or duty that the act is on; "" if there is none."""
        return str(getattr(self, self.verb)) if self.verb in ON_A_DUTY else ""

    @property
    def kind(self) -> ActKind | None:
        """The kind of act; None for `everybody` and `wait`."""
        return (ON_A_DUTY | ON_THE_CASE).get(self.verb)

    @property
    def until(self) -> str | None:
        """The rule at which `everybody` stops: a duty of it is open. None if no rule ends the step."""
        return self.everybody.removeprefix("until ") if self.everybody and self.everybody.startswith("until ") else None

    @property
    def lasting(self) -> str | None:
        """How long `everybody` lasts; None if it does not end by time."""
        return self.everybody.removeprefix("for ") if self.everybody and self.everybody.startswith("for ") else None


class Scenario(Frozen):
    """A whole drill. `lines` has the line of each step in its file, for error messages."""

    title: BilingualText
    starts: Start = "Monday 09:04"
    taken_in: Span = "6 min"
    pace: Annotated[float, Field(gt=0, lt=1)] = 0.25  # share of a limit after which owners act by default
    complaint: dict[str, Any] = {}
    absent: tuple[Key, ...] = ()
    step: tuple[ScenarioStep, ...] = ()
    filename: str = ""
    lines: tuple[int, ...] = ()

    def place(self, step: int) -> str:
        """Return file and line of a step."""
        return f"{self.filename}:{self.lines[step]}" if step < len(self.lines) else self.filename


@dataclass(frozen=True)
class ScenarioProblem:
    """One problem of a scenario: its line, counted from 1, the field, and a text `drill.wrong.<key>`."""

    line: int
    field: str
    key: str
    params: dict[str, Any]

    def words(self, lang: str) -> str:
        said = say(f"drill.wrong.{self.key}", lang, **self.params)
        return f"{self.field}: {said}" if self.field else said


class ScenarioError(Exception):
    """A scenario cannot be played. `problems` has all of its problems, by line."""

    def __init__(self, filename: str, problems: Iterable[ScenarioProblem]) -> None:
        self.filename = filename
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__(self.words())

    def words(self, lang: str = "zh") -> str:
        """Return a headline that says what to do, and `file:line: what is wrong` for each problem."""
        head = say("drill.scenario-unusable", lang, file=self.filename)
        return "\n".join(
            [head, *(f"{self.filename}:{problem.line}: {problem.words(lang)}" for problem in self.problems)]
        )


def load(text: str, filename: str, edition: Edition) -> Scenario:
    """Read a scenario from TOML; check its rules, forms and spans. Raises `ScenarioError` with every problem."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        raise ScenarioError(filename, [_other(int(line[1]) if line else 1, "", str(fault))]) from None
    places = tables(text)
    steps = [place for place in places if place.name == "step"]
    try:
        read = Scenario.model_validate({**content, "filename": filename, "lines": [place.line for place in steps]})
    except ValidationError as invalid:
        raise ScenarioError(filename, (_problem(error, places[0], steps) for error in invalid.errors())) from None
    if not read.step:
        raise ScenarioError(filename, [ScenarioProblem(1, "", "no-step", {})])
    problems = [problem for n, step in enumerate(read.step) for problem in _unknown(step, steps[n], edition)]
    if problems:
        raise ScenarioError(filename, problems)
    return read


def _problem(error: Any, top: TomlTable, steps: list[TomlTable]) -> ScenarioProblem:
    where = [part for part in error["loc"] if isinstance(part, str | int)]
    place, names = top, where
    if len(where) > 1 and where[0] == "step" and isinstance(where[1], int) and where[1] < len(steps):
        place, names = steps[where[1]], where[2:]
    field = str(names[0]) if names else ""
    if known(f"drill.wrong.{error['type']}"):
        return ScenarioProblem(place.where(field), field, error["type"], error.get("ctx", {}))
    return _other(place.where(field), field, str(error["msg"]))


def _other(line: int, field: str, message: str) -> ScenarioProblem:
    return ScenarioProblem(line, field, "other", {"message": message})


def _unknown(step: ScenarioStep, place: TomlTable, edition: Edition) -> Iterable[ScenarioProblem]:
    """Yield rules that the edition lacks, and fields that a form lacks."""
    named = [(step.verb, step.duty)] if step.duty else []
    named += [("everybody", step.until)] if step.until else []
    named += [("but_not", rule) for rule in step.but_not]
    for field, name in named:
        if rule_of(name) not in edition.rules:
            yield ScenarioProblem(place.where(field), field, "rule", {"rule": rule_of(name), "edition": edition.name})
    if step.form and (not step.duty or rule_of(step.duty) in edition.rules):
        form = _form_of(step, edition)
        fields = set(form.model_fields) if form else set[str]()
        for name in sorted(set(step.form) - fields):
            params = {"rule": step.duty or step.verb, "name": name, "fields": ", ".join(sorted(fields)) or "—"}
            yield ScenarioProblem(place.where("form"), "form", "form-field", params)


def _form_of(step: ScenarioStep, edition: Edition) -> type[Frozen] | None:
    named = edition.rule(rule_of(step.duty)).form if WITH_A_FORM[step.verb] is None else None
    return FORMS[named] if named else WITH_A_FORM[step.verb]


def rule_of(duty: str) -> str:
    """Return the rule of a duty's id: "CR-5.2.2d@engineering#2" → "CR-5.2.2d", "R1/CS-4.3.3" → "CS-4.3.3"."""
    return re.split(r"[@#~]", duty.rpartition("/")[2], maxsplit=1)[0]


def means(name: str, duty: Duty) -> bool:
    """Whether `name`, a rule or a duty id in a scenario, refers to this duty."""
    return name in (duty.id, duty.rule) or duty.id.startswith(f"{name}@")
