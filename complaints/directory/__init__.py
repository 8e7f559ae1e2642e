"""Who is who: the directory an administrator edits, and the slice of it that a complaint carries.

`load` and `check` read the file, `Directory.slice` cuts out a project, `DirectorySlice` answers who it is (`who`,
`stand_in`, `superiors`, `holds`, `roster`), `Reference` adds the calendar. Roles are in `roles.toml`.
"""

from complaints.directory.loader import check, load
from complaints.directory.model import (
    Absence,
    Assignment,
    Contractor,
    Department,
    Directory,
    DirectorySlice,
    NobodyLeft,
    Person,
    Project,
    Role,
    Shift,
    UnknownProject,
    UnknownRole,
)
from complaints.directory.problems import DirectoryError, Problem
from complaints.directory.reference import Reference
from complaints.directory.roles import ROLES

__all__ = [
    "ROLES",
    "Absence",
    "Assignment",
    "Contractor",
    "Department",
    "Directory",
    "DirectoryError",
    "DirectorySlice",
    "NobodyLeft",
    "Person",
    "Problem",
    "Project",
    "Reference",
    "Role",
    "Shift",
    "UnknownProject",
    "UnknownRole",
    "check",
    "load",
]
