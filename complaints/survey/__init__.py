"""The yearly survey of an estate (RV-5.1): questions as data, letters with a personal link, answers, figures. Pure."""

from complaints.survey.answers import Answered, Problem, check, read
from complaints.survey.figures import QuestionFigures, Statistics, Status, statistics
from complaints.survey.form import Form, FormFileError, Option, Question, QuestionKind, load, standard
from complaints.survey.letters import Letter, words

__all__ = [
    "Answered",
    "Form",
    "FormFileError",
    "Letter",
    "Option",
    "Problem",
    "Question",
    "QuestionFigures",
    "QuestionKind",
    "Statistics",
    "Status",
    "check",
    "load",
    "read",
    "standard",
    "statistics",
    "words",
]
