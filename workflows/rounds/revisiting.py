"""客户回访工作指导书 5: routine revisits to drawn customers, a head's own among them; the yearly survey."""

from __future__ import annotations

from activities.rounds import BegunSurvey, DrawProgress, ReportedDraw, SurveyEnd, SurveyForm, SurveyProgress, Wanted
from complaints.case.events import rounds as events
from complaints.case.file import Act, ActKind, Duty
from complaints.case.round import Drawn
from complaints.people.roles import HEAD
from complaints.revisits.quota import part_of
from complaints.rounds.forms import DocumentVersion, DrawResults, IssuedReport
from complaints.rounds.plan import ANCHOR
from complaints.rounds.revisit_checks import RECIPIENTS
from complaints.rounds.revisit_forms import HeadRevisits, SurveyCounted
from workflows.duty_engine import OwedDuty
from workflows.duty_terms import DutyAnswer
from workflows.rounds import automatic, documents
from workflows.rounds.runner import DRAW, RoundRunner

NOBODY = "nobody-drawn"
REST = "RV-5.3.rest"
IN_PERSON = "RV-2"
COUNTED = "RV-5.1.rest"
"""The rule of an edition under which a survey is closed only when it was sent to all its customers."""


async def revisits(work: RoundRunner) -> str:
    """RV-5.2, RV-5.3: customers are drawn, and the duty's owner revisits them until the quota is met.

    RV-2: the head of the department makes a share of these revisits in person.
    """
    return await _revisited(work, head=IN_PERSON in work.edition.rules)


async def managers_revisits(work: RoundRunner) -> str:
    """RV-5.3a: the office manager's own revisits, all of them in person."""
    return await _revisited(work, head=False)


async def _revisited(work: RoundRunner, *, head: bool) -> str:
    await _drawn(work)
    draw = work.file.draw
    if draw is not None and draw.size == 0:
        work.nothing_to_do(NOBODY, work.file.opens_at)
        return NOBODY
    in_person = work.in_background(_in_person(work)) if head else None
    reported = await work.first(DrawResults).answer()
    owner = work.file.duties[reported.duty].owner
    while (left := await _short(work, reported)) != 0:
        knows = {} if left is None else {"left": str(left)}
        reported = await work.owed(REST, DrawResults, since=reported.at, person=owner, knows=knows)
    if in_person is not None:
        await in_person
    return "quota-met"


async def _short(work: RoundRunner, reported: DutyAnswer[DrawResults]) -> int | None:
    """By how many the quota was missed when this was reported; None if the journal has that already.

    It is not computed again after a restart: the results that there are now are not those of that time.
    """
    if work.did(f"short-{reported.act.seq}"):
        return None
    left = await _left(work, reported)
    if left > 0:
        work.happens(events.DrawShort, reported.at, left=left, act=reported.act.seq)
    return left


async def _drawn(work: RoundRunner) -> None:
    """RV-5.3d: draw the customers, so that no one chooses whom they revisit."""
    file = work.file
    asked = Wanted(what=file.rule, period=file.period, subject=file.subject, at=file.opened_at)
    drawn = await work.automatic(automatic.DRAW_CUSTOMERS, asked, DRAW.format(file.rule))
    if drawn is None and work.is_refused(DRAW, file.rule):  # the duty is opened all the same, before there is a draw
        work.in_background(_drawn_in_the_end(work, asked))
    else:
        _keep_draw(work, drawn)


async def _drawn_in_the_end(work: RoundRunner, asked: Wanted) -> None:
    _keep_draw(work, await work.automatic(automatic.DRAW_CUSTOMERS, asked, DRAW.format(work.file.rule), insist=True))


def _keep_draw(work: RoundRunner, drawn: Drawn | None) -> None:
    if drawn is None:
        if not work.did("without-draw"):
            work.happens(events.DrawNone, work.now)
    elif work.file.draw is None:
        work.happens(events.DrawMade, work.now, draw=drawn.id, size=drawn.size, digest=drawn.digest)


async def _left(work: RoundRunner, reported: DutyAnswer[DrawResults]) -> int:
    """How many drawn customers were not revisited: by the results in the store, or by the report if it has none.

    RV-5.2: customers who were tried as often as the rule says are not waited for any more; the journal names them.
    """
    draw = work.file.draw
    if draw is None:
        return 0
    asked = ReportedDraw(id=draw.id, at=reported.act.recorded_at, tries=work.rule.figures.tries)
    progress: DrawProgress | None = await work.automatic(automatic.DRAW_RESULTS, asked, f"results of {draw.id}")
    if progress is None:
        progress = DrawProgress(done=reported.form.done, open=max(0, draw.size - reported.form.done))
    if progress.done != draw.done or (progress.tried and not work.did(f"tried-{reported.act.seq}")):
        tried = {"tried": progress.tried, "act": reported.act.seq} if progress.tried else {}
        work.happens(events.DrawReported, work.now, draw=draw.id, done=progress.done, open=progress.open, **tried)
    return max(progress.open, 0)


# --- RV-2: what the head of the department does in person


async def _in_person(work: RoundRunner) -> None:
    """RV-2: a share of the draw is the head's own. Fewer need a reason that the superior accepts."""
    await work.wait_until(lambda: _own(work) is not None and (work.file.draw is not None or work.did("without-draw")))
    draw, percent = work.file.draw, work.edition.rule(IN_PERSON).figures.percent
    if draw is None or draw.size == 0 or percent is None:
        return
    department, share = _department(work), part_of(draw.size, percent)
    owed = work.owe(
        IN_PERSON,
        HeadRevisits,
        since=work.file.opens_at,
        anchor=ANCHOR,
        department=department,
        knows={"draw": draw.id, "share": str(share)},
    )
    while True:
        reported = await owed.answer()
        left = await _left_in_person(work, draw, share, reported)
        if left == 0:
            return
        if reported.form.reason:
            excused = await work.owed("RV-2.excuse", since=reported.at, department=department, returns_to=(IN_PERSON,))
            if excused.act.kind is ActKind.APPROVE:
                return
        owed = work.owe(
            "RV-2.rest",
            HeadRevisits,
            since=reported.at,
            department=department,
            knows={"draw": draw.id, "share": str(left)},
        )


def _department(work: RoundRunner) -> str:
    """The department whose revisits these are: the round's, or that of whoever owed it when this was asked first."""
    known = next((duty.department for duty in work.file.duties.values() if duty.rule == IN_PERSON), None)
    if known is not None:
        return known
    people, subject, own = work.reference.directory, work.file.subject, _own(work)
    owner = people.person(subject.person or (own.owner if own is not None else ""))
    return subject.department or (owner.department if owner is not None else people.departments[0].key)


def _own(work: RoundRunner) -> Duty | None:
    """The duty that the round is about."""
    return next((duty for duty in work.file.duties.values() if duty.rule == work.file.rule), None)


async def _left_in_person(work: RoundRunner, draw: Drawn, share: int, reported: DutyAnswer[HeadRevisits]) -> int:
    """How many revisits in person were missing when this was reported: by the results in the store, else by the report.

    The count is kept with the act, so that it is the same whenever the chapter is run again.
    """
    if (known := work.file.data.get(f"in-person-{reported.act.seq}")) is not None:
        return int(known)
    duty = work.file.duties[reported.duty]
    head = work.reference.directory.who(HEAD, reported.at, department=duty.department).person
    asked = ReportedDraw(id=draw.id, at=reported.act.recorded_at, tries=work.rule.figures.tries, head=head)
    progress = await work.automatic(automatic.DRAW_RESULTS, asked, f"results of {draw.id} by {head}")
    made = reported.form.in_person if progress is None else progress.by_head
    left = max(share - made, 0)
    work.happens(events.HeadRevisited, reported.at, draw=draw.id, head=head, made=made, left=left, act=reported.act.seq)
    return left


# --- the survey


async def survey(work: RoundRunner) -> str:
    """RV-5.1: the form is approved, the survey sent and counted, its report written by the end of the year."""
    if COUNTED in work.edition.rules:
        return await _survey_sent_to_all(work)
    version, approved, steps = await documents.approved(work, DocumentVersion)
    await steps.all_told_or_refused()
    form = _survey_form(work, version, approved.act)
    survey_id = await work.automatic(automatic.OPEN_SURVEY, form, f"survey of {form.project} {form.year}")
    if not work.did("survey"):
        work.happens(events.SurveyOpened, approved.at, survey=survey_id)
    counted = await work.owed("RV-5.1.survey", DrawResults, since=approved.at)
    await _closed_and_reported(work, survey_id, counted)
    await steps.all_told()
    return "done"


async def _survey_sent_to_all(work: RoundRunner) -> str:
    """RV-5.1: a version of which no survey can be made is followed by another; one that was not sent is not closed."""
    put: OwedDuty[DocumentVersion] | None = None
    while True:
        version, approved, steps = await documents.approved(work, DocumentVersion, put)
        await steps.all_told_or_refused()
        begun = await _begun(work, _survey_form(work, version, approved.act))
        if begun is not None:
            break
        put = work.owe("RV-5.1.revised", DocumentVersion, since=approved.at)
    if not work.did("survey"):
        work.happens(events.SurveyOpened, approved.at, survey=begun.id)
        work.happens(events.SurveyAddressed, approved.at, recipients=begun.recipients)
    knows = {"unsent": work.file.data[RECIPIENTS]} if begun.id is not None else {}
    counted = await work.owed("RV-5.1.survey", SurveyCounted, since=approved.at, knows=knows)
    while (unsent := await _unsent(work, begun.id, counted)) != 0:
        knows = {} if unsent is None else {"unsent": str(unsent)}
        counted = await work.owed(COUNTED, SurveyCounted, since=counted.at, knows=knows)
    await _closed_and_reported(work, begun.id, counted)
    await steps.all_told()
    return "done"


async def _begun(work: RoundRunner, form: SurveyForm) -> BegunSurvey | None:
    """Begin the survey; None if no survey can be made of the version, which the journal keeps."""
    if work.did(f"unfit-{form.version}"):
        return None
    begun = await work.automatic(automatic.BEGIN_SURVEY, form, f"survey of {form.project} {form.year}", insist=True)
    if begun is None:
        work.happens(events.SurveyUnfit, work.now, document=form.document, version=form.version)
    return begun


async def _unsent(work: RoundRunner, survey_id: str | None, counted: DutyAnswer[SurveyCounted]) -> int | None:
    """How many customers had not got the survey when this was reported; None if the journal has that already."""
    if survey_id is None:
        return 0
    if work.did(f"unsent-{counted.act.seq}"):
        return None
    progress: SurveyProgress | None = await work.automatic(
        automatic.SURVEY_PROGRESS, SurveyEnd(id=survey_id, at=counted.at), f"progress of {survey_id}", insist=True
    )
    unsent = progress.unsent if progress is not None else 0
    if unsent:
        work.happens(events.SurveyUnsent, counted.at, survey=survey_id, unsent=unsent, act=counted.act.seq)
    return unsent


def _survey_form(work: RoundRunner, version: DutyAnswer[DocumentVersion], approval: Act) -> SurveyForm:
    return SurveyForm(
        project=work.file.subject.project or "",
        year=work.file.period.start.year,
        document=version.form.document,
        version=version.form.version,
        by=version.act.by,
        approved_by=approval.by,
        at=approval.at,
    )


async def _closed_and_reported(
    work: RoundRunner, survey_id: str | None, counted: DutyAnswer[DrawResults] | DutyAnswer[SurveyCounted]
) -> None:
    if survey_id is not None:
        end = SurveyEnd(id=survey_id, at=counted.at)
        await work.automatic(automatic.CLOSE_SURVEY, end, f"end of {survey_id}")
    rule = work.edition.rule("RV-5.1.report")
    await work.drafted(rule, at=counted.at)
    await work.issued(await work.owed("RV-5.1.report", IssuedReport, **work.whose(rule, {"since": counted.at})))
