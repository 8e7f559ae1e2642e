"""The staff of the simulated year, and who leaves."""

from __future__ import annotations

from datetime import date, time, timedelta

from bench.year.plan import Absence, Leaving, Year, local, the_year
from complaints.clock.calendar import Calendar
from complaints.people.model import Directory

TAKERS = ("zhou.min", "wu.jie", "zhou.min", "fang.yun")
CONSULTANT = "he.xue"
OLDS = 48  # complaints of the year before, four for each month's destruction


def plan_of(
    first: date,
    months: int,
    complaints: int,
    residents: int,
    directory: Directory,
    calendar: Calendar,
    outage: tuple[date, int] | None,
) -> Year:
    """Plan the example directory's year: a clerk is away in the second week, the supervisor leaves in the third."""
    away = first + timedelta(days=7)
    leaves = first + timedelta(days=16)
    return the_year(
        first,
        months,
        complaints,
        [project.code for project in directory.projects],
        TAKERS,
        calendar,
        residents=residents,
        outage=outage,
        absences=(Absence(local(away, time(7)), "zhou.min", away, away + timedelta(days=6)),),
        leavings=(Leaving(local(leaves, time(7)), "li.na", "李娜", "qian.yu", "钱玉", by="xu.fang"),),
        consultant=CONSULTANT,
        olds=OLDS,
    )
