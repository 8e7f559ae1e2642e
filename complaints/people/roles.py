"""The roles of the procedures, with their names and the role above, which takes over if a role has no holder.

Decision. Rules name roles, never people. The hierarchy of roles is data (`roles.toml`), which a company's directory may
change; a case carries the resulting table, so a new release never reroutes a running case.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

from complaints.base import Frozen


class Role(Frozen):
    """A role; `superior` is the key of the role above, None at the top."""

    key: str
    zh: str
    en: str
    superior: str | None = None
    per_department: bool = False  # each department names its own holder
    optional: bool = False  # a part-time post: without a holder its duties are the superior role's

    def title(self, lang: str = "zh") -> str:
        """Return the role's name in `lang` ("zh" or "en")."""
        return self.en if lang == "en" else self.zh


def _load() -> dict[str, Role]:
    text = (files("complaints.people") / "roles.toml").read_text(encoding="utf-8")
    roles = [Role.model_validate(table) for table in tomllib.loads(text)["role"]]
    return {role.key: role for role in roles}


ROLES: Mapping[str, Role] = _load()

# Roles that the code refers to. A test rejects role keys written as literals anywhere else.
SUPERVISOR = "cs_supervisor"
PERSONNEL = "admin_hr"
HEAD, LEADER = "department_head", "department_leader"
SALES_STAFF, SALES_SUPERVISOR, SALES_MANAGER = "sales_staff", "sales_supervisor", "sales_manager"
SALES_ARCHIVIST = "sales_archivist"
DEPUTY_GM, GENERAL_MANAGER, TOP_ROLE = "deputy_gm", "general_manager", "president"
MARKETING_MANAGER, MARKETING_LEADER = "marketing_manager", "marketing_leader"
CHIEF_ENGINEER, PROJECT_MANAGER, PROPERTY_COMPANY = "chief_engineer", "project_manager", "property_company"
DEVELOPMENT, CENTRE_HEAD, OPERATIONS = "development", "centre_head", "operations"
SECURITY_SUPERVISOR, ENGINEERING_SUPERVISOR = "security_supervisor", "engineering_supervisor"
