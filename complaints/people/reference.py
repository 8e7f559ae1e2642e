"""The reference data of a case: the people of its project and the working-day calendar, as one versioned value.

Decision. A workflow may not read a database, so it receives this value with its version and keeps it in its state. A
newer one replaces it for duties opened from then on; earlier decisions stay as they were.
"""

from __future__ import annotations

import hashlib
from typing import Self

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.people.model import Directory
from complaints.people.resolution import DirectorySlice


class Reference(Frozen):
    """The directory slice of `project`, its time zone (IANA name) and the working-day calendar.

    The project "" is the whole company.
    """

    version: str
    project: str
    zone: str
    directory: DirectorySlice
    calendar: Calendar

    @classmethod
    def of(cls, directory: Directory, project: str, calendar: Calendar, version: str | None = None) -> Self:
        """Build the reference of a project; its version is a content hash unless given. Raises `UnknownProject`."""
        people = directory.slice(project)
        zone = directory.zone(project)
        content = f"{zone} {calendar.version} {people.model_dump_json()}".encode()
        return cls(
            version=version or hashlib.sha256(content).hexdigest()[:16],
            project=project,
            zone=zone,
            directory=people,
            calendar=calendar,
        )
