"""What has to be filled in when a duty is done. An edition names the form; an act carries its fields."""

from __future__ import annotations

from complaints.base import Frozen
from complaints.forms import case, crisis, legal, ordinary

FORMS: dict[str, type[Frozen]] = {
    "grading": case.Grading,
    "record": case.Record,
    "watch_decision": case.WatchDecision,
    "filing": case.Filing,
    "archive": case.Archive,
    "revisit": case.Revisit,
    "opinion": case.Opinion,
    "report": crisis.Report,
    "judgement": crisis.Judgement,
    "responsibility": crisis.Responsibility,
    "assignment": crisis.Assignment,
    "statement": crisis.Statement,
    "plan": crisis.Plan,
    "submission": crisis.Submission,
    "contact": crisis.Contact,
    "start": crisis.Start,
    "implementation": crisis.Implementation,
    "progress": crisis.Progress,
    "adjustment": crisis.Adjustment,
    "explanation": crisis.UnderstandingSought,
    "go_on": crisis.GoOn,
    "completion_notice": crisis.CompletionNotice,
    "case_study": crisis.CaseStudy,
    "acceptance": crisis.Acceptance,
    "legal_filing": legal.CourtFiling,
    "court": legal.CourtAcceptance,
    "court_outcome": legal.CourtOutcome,
    "answer": ordinary.Answer,
}
