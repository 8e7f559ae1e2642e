"""The roles of the procedures, with their names and who takes over where a role has nobody.

Decision. Rules name roles, never people. Which role stands above which is data (`roles.toml`), and a company's
directory may change it; a complaint carries the resulting table, so a new release never reroutes a running case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from complaints.base import Frozen


class Role(Frozen):
    """A role by its key; `superior` is the role above, None at the top."""

    key: str
    zh: str
    en: str
    superior: str | None = None
    per_department: bool = False  # every department names its own person

    def title(self, lang: str = "zh") -> str:
        """The role's name in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


def _load() -> dict[str, Role]:
    text = (files("complaints.people") / "roles.toml").read_text(encoding="utf-8")
    roles = [Role.model_validate(table) for table in tomllib.loads(text)["role"]]
    return {role.key: role for role in roles}


ROLES: Mapping[str, Role] = _load()

# Roles that code names. Each has one name here; a test finds the key of a role written out anywhere else.
SUPERVISOR = "cs_supervisor"
PERSONNEL = "admin_hr"
HEAD, LEADER = "department_head", "department_leader"
SALES_STAFF, SALES_SUPERVISOR, SALES_MANAGER = "sales_staff", "sales_supervisor", "sales_manager"
DEPUTY_GM, GENERAL_MANAGER, TOP_ROLE = "deputy_gm", "general_manager", "president"
MARKETING_MANAGER, MARKETING_LEADER = "marketing_manager", "marketing_leader"
CHIEF_ENGINEER, PROJECT_MANAGER, PROPERTY_COMPANY = "chief_engineer", "project_manager", "property_company"
DEVELOPMENT, CENTRE_HEAD = "development", "centre_head"
