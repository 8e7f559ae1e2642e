"""客户回访工作指导书 5: routine revisits to drawn customers, and the yearly survey."""

from __future__ import annotations

from activities.rounds import DrawProgress, ReportedDraw, SurveyEnd, SurveyForm, Wanted
from complaints.case.events import rounds as events
from complaints.case.round import Drawn
from complaints.rounds.forms import DrawResults, IssuedReport
from workflows.duty_engine import DutyAnswer
from workflows.rounds import automatic, documents
from workflows.rounds.runner import DRAW, RoundRunner

NOBODY = "nobody-drawn"
REST = "RV-5.3.rest"


async def revisits(work: RoundRunner) -> str:
    """RV-5.2, RV-5.3: customers are drawn, and the duty's owner revisits them until the quota is met."""
    await _drawn(work)
    draw = work.file.draw
    if draw is not None and draw.size == 0:
        work.nothing_to_do(NOBODY, work.file.opens_at)
        return NOBODY
    reported = await work.first(DrawResults).answer()
    owner = work.file.duties[reported.duty].owner
    while (left := await _short(work, reported)) != 0:
        knows = {} if left is None else {"left": str(left)}
        reported = await work.owed(REST, DrawResults, since=reported.at, person=owner, knows=knows)
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
    """How many drawn customers were not revisited: by the results in the store, or by the report if it has none."""
    draw = work.file.draw
    if draw is None:
        return 0
    asked = ReportedDraw(id=draw.id, at=reported.act.recorded_at)
    progress: DrawProgress | None = await work.automatic(automatic.DRAW_RESULTS, asked, f"results of {draw.id}")
    if progress is None:
        progress = DrawProgress(done=reported.form.done, open=max(0, draw.size - reported.form.done))
    if progress.done != draw.done:
        work.happens(events.DrawReported, work.now, draw=draw.id, done=progress.done, open=progress.open)
    return max(progress.open, 0)


async def survey(work: RoundRunner) -> str:
    """RV-5.1: the form is approved, the survey sent and counted, its report written by the end of the year."""
    version, approved, steps = await documents.approved(work)
    await steps.all_told_or_refused()
    project, year = work.file.subject.project or "", work.file.period.start.year
    form = SurveyForm(
        project=project,
        year=year,
        document=version.form.document,
        version=version.form.version,
        by=version.act.by,
        approved_by=approved.act.by,
        at=approved.at,
    )
    survey_id = await work.automatic(automatic.OPEN_SURVEY, form, f"survey of {project} {year}")
    if not work.did("survey"):
        work.happens(events.SurveyOpened, approved.at, survey=survey_id)
    counted = await work.owed("RV-5.1.survey", DrawResults, since=approved.at)
    if survey_id is not None:
        end = SurveyEnd(id=survey_id, at=counted.at)
        await work.automatic(automatic.CLOSE_SURVEY, end, f"end of {survey_id}")
    rule = work.edition.rule("RV-5.1.report")
    await work.drafted(rule, at=counted.at)
    await work.issued(await work.owed("RV-5.1.report", IssuedReport, **work.whose(rule, {"since": counted.at})))
    await steps.all_told()
    return "done"
