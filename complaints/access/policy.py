"""Who may see what. One method for each question; a refusal is typed. Pure; gateway and commands ask here.

Decision. What somebody may not see does not exist for them: the refusal is that of an unknown number, so that nobody
learns by asking that there is a complaint about them, or one in another project. What they may see and not do (print,
export, look at a contact) is refused with the question's name.

What a person may see follows from the directory, with the absences that people have set
(`complaints.people.own_absences.with_own`), and from the case; nothing is granted to anybody by hand. So whoever leaves
the directory sees nothing from that moment on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from complaints.access.concern import CaseConcern, Concern, RoundConcern
from complaints.access.principal import ACT, CONTACTS, OPEN, READ, Principal
from complaints.access.roles import AREAS, ENTITLED, Question
from complaints.access.visibility import EVERYTHING, NOTHING, Grants, RecordsSeen, Visibility
from complaints.base import Frozen
from complaints.base.errors import Refusal, Refused
from complaints.case.file import ActKind, CaseFile, Duty
from complaints.case.round import Subject
from complaints.editions.model import Edition, Rule
from complaints.people.entries import Person
from complaints.people.model import Directory, DirectorySlice, UnknownProject
from complaints.people.reference import Reference
from complaints.people.resolution import NOBODY, NobodyLeft
from complaints.rounds.plan import may_begin_again, owner_of

TALKS = frozenset(
    (
        *("CH-7.1.1", "CH-7.1.2", "CH-7.3.1", "CH-7.3.1.again", "CH-7.3.2", "CH-7.3.3.decide"),
        *("CR-5.1.4", "CR-5.2.3", "CR-5.3.1", "CR-5.3.3", "CR-5.3.3b", "CR-5.4.2a", "CR-5.4.2b"),
        *("CS-4.2.2a.carry_out", "CS-4.2.3", "CS-4.2.3.again", "CS-4.2.6.tracked"),
        *("CS-4.3.3", "CS-4.3.3.start", "CS-4.3.3.finish", "CS-4.3.4c"),
        *("CS-4.3.5.start", "CS-4.3.5.finish", "CS-4.3.5.revisit", "CS-4.3.6"),
        *("MC-4.2b.operations", "MC-5.2.1", "MC-5.2.1b", "MC-5.2.3c", "MC-5.2.3f", "MC-5.2.3f.again"),
        *("RV-4.2.again", "RV-4.3", "MERGED.revisit", "GATHERED.reply", "WITHDRAWN.confirmation", "DROP.confirmation"),
        "ENQUIRY.answer",
    )
)
"""Rules by which somebody speaks to the customer or goes to their home for a repair, beside those of `Rule.contact`."""


class Sees(StrEnum):
    """What a principal sees of something that they may open."""

    WHOLE = "whole"  # contacts included: they need to know them
    MASKED = "masked"  # contacts are masked; a look at them needs a reason, and is logged
    RESIDENT = "resident"  # what is meant for the customer, and nothing else


class Sight(Frozen):
    """How something is shown to a principal: `complaints.access.views.seen_by` makes it so."""

    sees: Sees
    hidden: frozenset[str] = frozenset()
    """Keys and numbers of complaints about the principal, which nothing they see may name."""

    @property
    def whole(self) -> bool:
        """Whether customers' contacts are shown."""
        return self.sees is Sees.WHOLE


class Access:
    """The answers for one principal at `now`.

    `hidden` are the keys and numbers of the complaints about them (`Reading.complaints_about`). `own_case` is the key
    of the case that a resident's link leads to; whoever checks the link knows it.
    """

    def __init__(
        self,
        principal: Principal,
        directory: Directory,
        now: datetime,
        *,
        hidden: Iterable[str] = (),
        own_case: str | None = None,
    ) -> None:
        self.principal = principal
        self.now = now
        self._directory = directory
        self._hidden = frozenset(hidden)
        self._own_case = own_case
        self._slices: dict[str, DirectorySlice] = {}

    # --- cases

    def cases(self) -> Visibility:
        """Return which cases and rounds may be listed, searched and counted. Raises `Refusal`."""
        match self.principal.kind:
            case "backend":
                self._scope(READ)
                return EVERYTHING
            case "resident":
                return Visibility(kind="own", case=self._own_case) if self._own_case else NOTHING
            case "administrator":
                raise self._administrator()
            case "person":
                return self._of_person

    def search_cases(self) -> Visibility:
        """Return the same, with the projects whose cases are also found by customer, contact and home.

        They are those in which a line of a list shows these: somebody else could find them out digit by digit, by
        asking whether a search finds the case. Raises `Refusal`.
        """
        seen = self.cases()
        if self.principal.kind == "backend":
            return seen.but(unmasked=None if self._reads_contacts else ())
        shown = (one.code for one in self._directory.projects if self._may(Question.CONTACTS, one.code))
        return seen.but(unmasked=tuple(shown))

    def open_case(self, case: CaseConcern, file: CaseFile | None = None, edition: Edition | None = None) -> Sight:
        """Return how the case is shown. With `file` and `edition`, whoever owes a talk in it sees the contacts.

        Raises `Refusal`: `CASE_UNKNOWN` for a case that they may not see.
        """
        self._see(case)
        match self.principal.kind:
            case "resident":
                return Sight(sees=Sees.RESIDENT)
            case "backend":
                return self._sight(CONTACTS in self.principal.scopes)
            case _:
                return self._sight(self._needs_contacts(case, file, edition))

    def list_line(self, project: str) -> Sight:
        """Return how a line of a list is shown, of a case of this project: contacts by role alone. Raises `Refusal`."""
        if self.principal.kind != "backend":
            _ = self._person
        return self._sight(self._may(Question.CONTACTS, project))

    def print_case(self, case: CaseConcern, file: CaseFile | None = None, edition: Edition | None = None) -> Sight:
        """Return how the case's forms are printed: as they are shown. Raises `Refusal`."""
        return self._for_staff("print-case", self.open_case(case, file, edition))

    def export_case(self, case: CaseConcern) -> Sight:
        """Return how the case leaves the house: its archive, whole journal and originals, which cannot be masked.

        Raises `Refusal` for whoever does not archive, monitor or defend it.
        """
        self._for_staff(Question.EXPORT_CASE.value, self.open_case(case))
        self._contacts_too()
        self._entitled(Question.EXPORT_CASE, case.project, case.about)
        return self._sight(True)

    def unmask_case(self, case: CaseConcern, why: str) -> Sight:
        """Return how the case is shown to somebody who looks at its contacts on purpose. The look is to be logged.

        Raises `Refusal`, also without a reason.
        """
        self._for_staff(Question.UNMASK.value, self.open_case(case))
        self._contacts_too()
        if self.principal.kind == "person" and self.principal.id not in case.involved:
            self._entitled(Question.UNMASK, case.project, case.about)
        if not why.strip():
            raise Refusal(Refused.LOOK_NEEDS_REASON)
        return self._sight(True)

    def export_list(self) -> Visibility:
        """Return which cases a list that leaves the house as a file may have. Raises `Refusal`."""
        return self._cases_for(Question.EXPORT_LIST)

    def open_complaint(self) -> None:
        """Allow taking in a complaint: to every person (CR-5.1.1), and to backends with the scope. Raises `Refusal`."""
        match self.principal.kind:
            case "backend":
                self._scope(OPEN)
            case "person":
                _ = self._person
            case "administrator":
                raise self._administrator()
            case "resident":
                raise self._refused("open-complaint")

    def act(self, kind: ActKind, what: Concern) -> None:
        """Allow asking for an act of this kind; whether it is permitted is for the case to say. Raises `Refusal`.

        A backend acts within its scopes. A person asks for acts on what they may see.
        """
        match self.principal.kind:
            case "backend":
                self._scope(f"{ACT}{kind.value}")
            case "person":
                self._see(what)
            case "administrator":
                raise self._administrator()
            case "resident":
                self._see(what)
                raise self._refused("act")

    # --- rounds

    def open_round(self, file: RoundConcern) -> Sight:
        """Return how a round is shown. Raises `Refusal`: `CASE_UNKNOWN` for one that they may not see."""
        self._see(file)
        return self._sight(self._may(Question.CONTACTS, file.project))

    def print_round(self, file: RoundConcern) -> Sight:
        """Return how a round's papers are printed. Raises `Refusal`."""
        return self.open_round(file)

    def begin_rounds(self) -> None:
        """Allow asking for a round to be begun; `begin_round` decides about each. Raises `Refusal`."""
        self._in_person("begin-round")

    def begin_round(self, rule: Rule, subject: Subject, reference: Reference) -> None:
        """Allow beginning a round, pausing its schedule, drafting its report anew: to its owner and their superiors.

        Raises `Refusal`: `NOT_YOURS` for all others.
        """
        self._in_person("begin-round")
        if not may_begin_again(self._person.id, rule, subject, reference, self.now):
            raise Refusal(Refused.NOT_YOURS, duty=rule.id, owner=owner_of(rule, subject, reference, self.now))

    # --- reports, draws, surveys

    def reports(self) -> RecordsSeen:
        """Return which reports may be listed. Raises `Refusal`."""
        return self._records(Question.REPORTS)

    def open_report(self, report: str, subject: Subject, its_round: RoundConcern | None = None) -> Sight:
        """Return how a report is shown: to the roles that read them, and to whoever has to do with its round.

        Raises `Refusal`: `RECORD_UNKNOWN` for one that they may not see.
        """
        self._record(Question.REPORTS, report, subject, its_round)
        return self._sight(self._may(Question.CONTACTS, subject.project or ""))

    def print_report(self, report: str, subject: Subject, its_round: RoundConcern | None = None) -> Sight:
        """Return how a report is printed. Raises `Refusal`."""
        return self.open_report(report, subject, its_round)

    def export_report(self, report: str, subject: Subject, its_round: RoundConcern | None = None) -> Sight:
        """Return how a report leaves the house as a workbook or a document: as it is shown. Raises `Refusal`.

        The records (F1) that go along are cases: `export_case` decides about each.
        """
        sight = self.open_report(report, subject, its_round)
        if its_round is None or not self._has_part(its_round):
            self._entitled(Question.EXPORT_LIST, subject.project or "")
        return sight

    def draws(self) -> RecordsSeen:
        """Return which draws may be listed. Raises `Refusal`."""
        return self._records(Question.DRAWS)

    def surveys(self) -> RecordsSeen:
        """Return which surveys may be listed. Raises `Refusal`."""
        return self._records(Question.SURVEYS)

    def open_draw(self, draw: str, subject: Subject, its_round: RoundConcern | None = None) -> Sight:
        """Return how a draw is shown; whoever has to call its customers sees their contacts. Raises `Refusal`."""
        self._record(Question.DRAWS, draw, subject, its_round)
        calls = its_round is not None and self._asks_in(its_round)
        return self._sight(calls or self._may(Question.CONTACTS, subject.project or ""))

    def export_draw(self, draw: str, subject: Subject, its_round: RoundConcern | None = None) -> Sight:
        """Return how a draw's list to fill in leaves the house. Raises `Refusal` for whoever does not call them."""
        sight = self.open_draw(draw, subject, its_round)
        self._contacts_too()
        if not sight.whole:
            self._entitled(Question.EXPORT_CUSTOMERS, subject.project or "")
        return sight

    def open_survey(self, survey: str, project: str, its_round: RoundConcern | None = None) -> Sight:
        """Return how a survey is shown: its figures, and who was asked. Raises `Refusal`."""
        self._record(Question.SURVEYS, survey, Subject(project=project or None), its_round)
        return self._sight(self._may(Question.EXPORT_CUSTOMERS, project))

    def export_survey(self, survey: str, project: str, its_round: RoundConcern | None = None) -> Sight:
        """Return how the list of its recipients leaves the house. Raises `Refusal`."""
        sight = self.open_survey(survey, project, its_round)
        self._contacts_too()
        self._entitled(Question.EXPORT_CUSTOMERS, project)
        return sight

    def make_draw(self, subject: Subject) -> None:
        """Allow drawing the customers to ask, or others in their place: to who may see all draws there.

        A consultant draws among their own customers, and so does whoever is above them. Raises `Refusal`.
        """
        self._in_person(Question.DRAWS.value)
        own = self._of_person.own
        if subject.person is not None and own is not None and subject.person in (own.person, *own.below):
            return
        self._entitled(Question.DRAWS, subject.project or "")

    def enter_results(self, draw: str, subject: Subject, its_round: RoundConcern | None = None) -> None:
        """Allow entering what drawn customers have said: to whoever may see the draw. Raises `Refusal`."""
        self._in_person(Question.DRAWS.value)
        self.open_draw(draw, subject, its_round)

    def bring_results(self) -> None:
        """Allow bringing a sheet of results; `enter_results` decides about each draw in it. Raises `Refusal`."""
        self._in_person(Question.DRAWS.value)

    def run_survey(self, project: str) -> None:
        """Allow opening a survey, writing to its customers, entering their answers, closing it. Raises `Refusal`."""
        self._in_person(Question.SURVEYS.value)
        self._entitled(Question.SURVEYS, project)

    # --- documents, library, directory

    def documents(self) -> None:
        """Allow listing documents and customer events; `open_document` decides about each. Raises `Refusal`."""
        self._staff("documents")

    def open_document(self, document: str, project: str | None) -> Sight:
        """Allow reading a plan or a scheme of the company, or of a project that they work for. Raises `Refusal`.

        It is about no customer, and names whom to call: people see it whole.
        """
        self._staff("documents")
        if self.principal.kind == "person" and project is not None:
            stands_for = (self._directory.person(one) for one in self._acts_for)
            them = (self._person, *(one for one in stands_for if one is not None))
            if not any(one.works_for(project) for one in them):
                raise Refusal(Refused.RECORD_UNKNOWN, record=document)
        return self._sight(True)

    def print_document(self, document: str, project: str | None) -> Sight:
        """Allow printing it. Raises `Refusal`."""
        return self.open_document(document, project)

    def write_document(self, document: str, project: str | None) -> None:
        """Allow writing a version of it: to every person who may read it. Raises `Refusal`."""
        self._in_person("documents")
        self.open_document(document, project)

    def open_event(self, event: str, project: str) -> Sight:
        """Allow reading of a customer event (CS-4.4): to the colleagues of its project. Raises `Refusal`."""
        return self.open_document(event, project)

    def add_event(self, project: str) -> None:
        """Allow entering a customer event: to the colleagues of its project. Raises `Refusal`."""
        self.write_document(project, project)

    def library(self) -> Visibility:
        """Return which cases the library shows besides the studies, which every person may learn from (CR-5.4.4).

        Raises `Refusal`.
        """
        return self._no_resident("library", self.cases())

    def directory(self) -> None:
        """Allow reading directory and calendar: to all but residents. Raises `Refusal`."""
        match self.principal.kind:
            case "backend":
                self._scope(READ)
            case "person":
                _ = self._person
            case "resident":
                raise self._refused("directory")
            case "administrator":
                pass

    def absences(self) -> None:
        """Allow setting and ending an absence; whose, the directory says. Raises `Refusal`."""
        self._in_person("absences")

    def load_directory(self) -> None:
        """Allow checking and loading the company's directory. Raises `Refusal`."""
        self._in_person(Question.LOAD_DIRECTORY.value)
        self._entitled(Question.LOAD_DIRECTORY, "")

    def load_calendar(self) -> None:
        """Allow loading the calendar, and giving the open duties the dates that follow from it. Raises `Refusal`."""
        self._in_person(Question.LOAD_CALENDAR.value)
        self._entitled(Question.LOAD_CALENDAR, "")

    # --- customers

    def customers(self) -> tuple[str, ...] | None:
        """Return the projects whose customers may be found and opened; None for all of them. Raises `Refusal`."""
        return self._projects_for(Question.CUSTOMERS)

    def open_customer(self, customer: str, project: str, consultant: str | None = None) -> Sight:
        """Return how a customer's file is shown (CS-4.1.5). A sales consultant sees their own customers (RV-5.2).

        Raises `Refusal`: `RECORD_UNKNOWN` for one that they may not see.
        """
        self._staff("customers")
        own = self.principal.kind == "person" and consultant in (self._person.id, *self._acts_for)
        if not own and not self._may(Question.CUSTOMERS, project):
            raise Refusal(Refused.RECORD_UNKNOWN, record=customer)
        return self._sight(own or self._may(Question.CONTACTS, project))

    def print_customer(self, customer: str, project: str, consultant: str | None = None) -> Sight:
        """Return how a customer's file is printed: as it is shown. Raises `Refusal`."""
        return self.open_customer(customer, project, consultant)

    def unmask_customer(self, customer: str, project: str, why: str, consultant: str | None = None) -> Sight:
        """Return how it is shown to somebody who looks at the contacts on purpose; logged. Raises `Refusal`."""
        self.open_customer(customer, project, consultant)
        self._contacts_too()
        self._entitled(Question.UNMASK, project)
        if not why.strip():
            raise Refusal(Refused.LOOK_NEEDS_REASON)
        return self._sight(True)

    def export_customers(self, project: str) -> Sight:
        """Return how the list of a project's customers leaves the house. Raises `Refusal`."""
        self._contacts_too()
        self._entitled(Question.EXPORT_CUSTOMERS, project)
        return self._sight(True)

    def customer_files(self) -> None:
        """Allow asking for a customer's file; `open_customer` decides about each. Raises `Refusal`."""
        self._staff(Question.CUSTOMERS.value)

    def import_into(self, projects: Iterable[str]) -> None:
        """Allow importing lists of customers, homes or old complaints into these projects. Raises `Refusal`."""
        self._all_within(self.import_lists(), projects, Question.IMPORT_LISTS)

    def import_lists(self) -> tuple[str, ...] | None:
        """Return the projects whose customers, homes and old complaints may be imported; None for all of them.

        Raises `Refusal`.
        """
        self._in_person(Question.IMPORT_LISTS.value)
        return self._projects_for(Question.IMPORT_LISTS)

    # --- the house's own records

    def holds(self) -> Visibility:
        """Return of which cases holds, and what is due for destruction, may be listed. Raises `Refusal`."""
        return self._cases_for(Question.HOLDS)

    def set_hold(self, project: str | None = None, case: CaseConcern | None = None) -> None:
        """Allow setting and lifting a hold on a case, on a project, or, with neither, on a customer of any project.

        Raises `Refusal`: `CASE_UNKNOWN` for a case that they may not see.
        """
        self._in_person(Question.HOLDS.value)
        if case is not None:
            self._see(case)
            self._entitled(Question.HOLDS, case.project, case.about)
        else:
            self._entitled(Question.HOLDS, project or "")

    def propose_destruction(self) -> None:
        """Allow making the list of a month, which is of the whole company. Raises `Refusal`."""
        self._in_person(Question.HOLDS.value)
        self._entitled(Question.HOLDS, "")

    def certificates(self) -> tuple[str, ...] | None:
        """Return the projects whose destroyed records may be listed; None for all of them. Raises `Refusal`."""
        return self._projects_for(Question.HOLDS)

    def deliveries(self) -> Visibility:
        """Return of which cases the mails that failed may be listed. Raises `Refusal`."""
        return self._cases_for(Question.DELIVERIES)

    def retry_deliveries(self) -> Visibility:
        """Return of which cases the mails that failed may be sent again. Raises `Refusal`."""
        self._in_person(Question.DELIVERIES.value)
        return self.deliveries()

    def retention_money(self) -> tuple[str, ...] | None:
        """Return the projects whose accounts of retention money may be seen; None for all of them. Raises `Refusal`."""
        return self._projects_for(Question.RETENTION_MONEY)

    def book_retention_money(self) -> tuple[str, ...] | None:
        """Return the projects on whose accounts deposits may be booked; None for all of them. Raises `Refusal`."""
        self._in_person(Question.BOOK_RETENTION_MONEY.value)
        return self._projects_for(Question.BOOK_RETENTION_MONEY)

    def book_deposits(self, projects: Iterable[str]) -> None:
        """Allow booking deposits on accounts of these projects. Raises `Refusal`."""
        self._all_within(self.book_retention_money(), projects, Question.BOOK_RETENTION_MONEY)

    def looks(self, of: str | None = None) -> Visibility:
        """Return of which cases the looks may be listed. Everybody may list their own (`of` themself).

        Raises `Refusal`.
        """
        if self.principal.kind == "person" and of == self.principal.id:
            return self.cases()
        if self.principal.kind != "person":
            raise self._administrator() if self._is("administrator") else self._refused(Question.LOOKS.value)
        return self._cases_for(Question.LOOKS)

    def accounts(self) -> None:
        """Allow managing accounts, sessions and tokens: to administrators alone. Raises `Refusal`."""
        if not self._is("administrator"):
            raise self._refused("accounts")

    # --- how it is decided

    @cached_property
    def _person(self) -> Person:
        """The person of the directory. Raises `Refusal` for somebody who is not, or no longer, there."""
        found = self._directory.person(self.principal.id)
        if found is None:
            raise Refusal(Refused.UNKNOWN_PERSON, person=self.principal.id)
        return found

    @cached_property
    def _company(self) -> DirectorySlice:
        return self._directory.slice("")

    @cached_property
    def _acts_for(self) -> tuple[str, ...]:
        return self._company.acts_for(self._person.id, self.now)

    @cached_property
    def _of_person(self) -> Visibility:
        absent = (self._directory.person(one) for one in self._acts_for)
        return Visibility(
            kind="person",
            person=self._person.id,
            own=self._grants(self._person),
            stands_in=tuple(self._grants(one) for one in absent if one is not None),
        )

    def _grants(self, person: Person) -> Grants:
        return Grants(
            person=person.id,
            areas=frozenset(
                area for role, area in AREAS.items() if role in person.roles or self._inherits(person, role)
            ),
            projects=person.projects or None,
            departments=tuple(one.key for one in self._directory.departments if person.id in (one.head, one.leader)),
            below=_below(self._directory, person.id),
        )

    def _inherits(self, person: Person, role: str) -> bool:
        """Return whether the role has no holder, so that its work is the person's."""
        if role not in self._company.roles or self._company.holders(role):
            return False
        return self._company.who(role, self.now).person == person.id

    def _slice(self, project: str) -> DirectorySlice:
        if project not in self._slices:
            self._slices[project] = self._directory.slice(project)
        return self._slices[project]

    def _see(self, what: Concern) -> None:
        if not self.cases().sees(what):
            number = what.number if isinstance(what, CaseConcern) else None
            raise Refusal(Refused.CASE_UNKNOWN, case=number or what.key)

    def _contacts_too(self) -> None:
        """Raise `Refusal` for a backend without the scope of contacts: what leaves the house so cannot be masked."""
        if self._is("backend"):
            self._scope(CONTACTS)

    def _sight(self, whole: bool) -> Sight:
        if self._is("backend"):
            whole = whole and self._reads_contacts
        return Sight(sees=Sees.WHOLE if whole else Sees.MASKED, hidden=self._hidden)

    def _needs_contacts(self, case: CaseConcern, file: CaseFile | None, edition: Edition | None) -> bool:
        """Return whether the person needs to know the customer's contacts: by role, or by what they owe now."""
        if self._may(Question.CONTACTS, case.project, case.about):
            return True
        if file is None or edition is None or file.closed:
            return False
        theirs = {self._person.id, *(one for one in self._acts_for if one not in case.about)}
        owing = any(duty.owner in theirs and _speaks(duty, edition) for duty in file.open_duties)
        return owing or file.received_by in theirs

    def _may(self, question: Question, project: str, about: frozenset[str] = NOBODY) -> bool:
        """Return whether a role of the person, or of somebody they stand in for, entitles them in the project.

        "" is the whole company.
        """
        if self.principal.kind == "backend":
            return READ in self.principal.scopes and (question is not Question.CONTACTS or self._reads_contacts)
        if self.principal.kind != "person":
            return False
        roles = ENTITLED[question]
        try:
            people = self._slice(project)
        except UnknownProject:
            return False
        return any(self._holds(people, role, project, about) for role in roles)

    @property
    def _reads_contacts(self) -> bool:
        return CONTACTS in self.principal.scopes

    def _holds(self, people: DirectorySlice, role: str, project: str, about: frozenset[str]) -> bool:
        """Return whether the person holds the role in the project, stands in for a holder, or has its work.

        For the whole company ("") only those hold it who work for all projects; a deputy stands in for all that the
        absent person has, whatever the deputy's own projects are.
        """
        if role not in people.roles:
            return False
        me = self._person.id
        everybody = people.holders(role)
        holders = everybody if project else tuple(one for one in everybody if self._works_for_all(one))
        if me in holders or any(
            people.deputy(one, self.now, shut_out=about) == me for one in holders if one not in about
        ):
            return True
        if everybody or not (project or self._works_for_all(me)):
            return False
        try:
            return people.who(role, self.now, shut_out=about).person == me
        except NobodyLeft:
            return False

    def _works_for_all(self, person: str) -> bool:
        found = self._directory.person(person)
        return found is not None and not found.projects

    def _has_part(self, what: RoundConcern) -> bool:
        if self.principal.kind != "person":
            return False
        return self._person.id in what.involved or any(one in what.involved for one in self._acts_for)

    def _asks_in(self, what: RoundConcern) -> bool:
        """Return whether the person makes the revisits of a round: it is theirs, or they owe something in it."""
        if self.principal.kind != "person":
            return False
        theirs = {self._person.id, *self._acts_for}
        return what.person in theirs or not theirs.isdisjoint(what.responsible)

    def _records(self, question: Question) -> RecordsSeen:
        self._staff(question.value)
        return RecordsSeen(seen=self.cases(), within=self._within(question))

    def _within(self, question: Question) -> tuple[str, ...] | None:
        """Return the projects in which they may ask the question; None: in all, and for the whole company."""
        if self.principal.kind == "backend" or self._may(question, ""):
            return None
        return tuple(one.code for one in self._directory.projects if self._may(question, one.code))

    def _projects_for(self, question: Question) -> tuple[str, ...] | None:
        """Return the same. Raises `Refusal` if they may ask it nowhere."""
        self._staff(question.value)
        within = self._within(question)
        if within == ():
            raise self._refused(question.value)
        return within

    def _cases_for(self, question: Question) -> Visibility:
        """Return which cases the answer to the question may be about: those seen in the projects where they may ask.

        Raises `Refusal` if they may ask it nowhere.
        """
        within = self._projects_for(question)
        return self.cases().but(within=within)

    def _record(self, question: Question, record: str, subject: Subject, its_round: RoundConcern | None) -> None:
        """Raise `Refusal` unless the principal may see a report, a draw or a survey."""
        self._staff(question.value)
        if self.principal.kind == "backend" or self._may(question, subject.project or ""):
            return
        if its_round is not None and self._of_person.sees(its_round):
            return
        own = self._of_person.own
        if own is not None and (subject.department in own.departments or subject.person in (own.person, *own.below)):
            return
        raise Refusal(Refused.RECORD_UNKNOWN, record=record)

    def _staff(self, question: str) -> None:
        """Raise `Refusal` for residents and administrators, and for backends that may not read."""
        if self._is("backend"):
            self._scope(READ)
        elif self._is("administrator"):
            raise self._administrator()
        elif self._is("resident"):
            raise self._refused(question)
        else:
            _ = self._person

    def _all_within(self, within: tuple[str, ...] | None, projects: Iterable[str], question: Question) -> None:
        if within is not None and not set(projects) <= set(within):
            raise self._refused(question.value)

    def _in_person(self, question: str) -> None:
        """Raise `Refusal` for all but people: no scope of a backend is about it."""
        self._staff(question)
        if self.principal.kind != "person":
            raise self._refused(question)

    def _for_staff(self, question: str, sight: Sight) -> Sight:
        if sight.sees is Sees.RESIDENT:
            raise self._refused(question)
        return sight

    def _no_resident(self, question: str, seen: Visibility) -> Visibility:
        if self._is("resident"):
            raise self._refused(question)
        return seen

    def _entitled(self, question: Question, project: str, about: frozenset[str] = NOBODY) -> None:
        self._staff(question.value)
        if not self._may(question, project, about):
            raise self._refused(question.value)

    def _scope(self, scope: str) -> None:
        if scope not in self.principal.scopes:
            raise Refusal(Refused.SCOPE_MISSING, scope=scope)

    def _is(self, kind: str) -> bool:
        return self.principal.kind == kind

    def _refused(self, question: str) -> Refusal:
        return Refusal(Refused.NOT_ENTITLED, question=question)

    def _administrator(self) -> Refusal:
        return Refusal(Refused.ADMINISTRATOR, account=self.principal.id)


def _speaks(duty: Duty, edition: Edition) -> bool:
    """Return whether who owes the duty has to speak to the customer or go to their home: a talk, or a repair."""
    rule = edition.rules.get(duty.rule)
    return duty.rule in TALKS or (rule is not None and rule.contact)


def _below(directory: Directory, person: str) -> tuple[str, ...]:
    """Return everybody below a person, at any distance."""
    found: dict[str, None] = {}
    ahead = [person]
    while ahead:
        boss = ahead.pop()
        for one in directory.people:
            if one.reports_to == boss and one.id not in found and one.id != person:
                found[one.id] = None
                ahead.append(one.id)
    return tuple(found)
