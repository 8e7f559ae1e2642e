"""What a complaint looks up: the people of its project and the working days, as one versioned value.

Decision. A workflow may not read a database, so it is handed this value and keeps it in its state, with the version it
had. A newer one replaces it for what opens from then on; what was decided before stays as it was.
"""

from __future__ import annotations

import hashlib
from typing import Self

from complaints.base import Frozen
from complaints.clock.calendar import Calendar
from complaints.people.model import Directory
from complaints.people.resolution import DirectorySlice


class Reference(Frozen):
    """The slice of the directory for `project`, its time zone (IANA name) and the calendar of working days.

    The whole company is the project "".
    """

    version: str
    project: str
    zone: str
    directory: DirectorySlice
    calendar: Calendar

    @classmethod
    def of(cls, directory: Directory, project: str, calendar: Calendar, version: str | None = None) -> Self:
        """The reference for a project, its version derived from the content unless given. Raises `UnknownProject`."""
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
