"""Bodies and answers of the API. A field that does not exist is refused, and no error repeats a value."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


def _text(value: Any) -> Any:
    """Take texts alone: a number that could be a moment is none."""
    if not isinstance(value, str):
        raise ValueError("a text is wanted")
    return value


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_text)]
"""A moment with a time zone, as a text (RFC 3339)."""

LONGEST_NAME = 200
"""Characters of what names a case."""

CaseName = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_NAME,
        description="Number or key of the case, such as `HF01-2026-000123`.",
        examples=["HF01-2026-000123"],
    ),
]


class ApiBody(BaseModel):
    """A body that is sent to us."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class ApiAnswer(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(frozen=True)


class SignInBody(ApiBody):
    """A name and a password."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"account": "li.na", "password": "tram lagoon velvet"}]})

    account: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class SignedInAnswer(ApiAnswer):
    """A sign-in of a command. The token is shown this once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: int  # seconds
    account: str


class Me(ApiAnswer):
    """Who asks. `scopes` are those of a backend; a person needs none."""

    kind: Literal["person", "backend", "resident", "administrator"]
    id: str
    name: str
    scopes: list[str]
    via: str
    expires_at: datetime


class DeviceAnswer(ApiAnswer):
    """A device that waits to be confirmed (RFC 8628, section 3.2)."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int
