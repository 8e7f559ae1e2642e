"""The operations of the OpenAPI document, as tests try them: a new operation is tried without a new test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

JSON, FORM, PROBLEM = "application/json", "application/x-www-form-urlencoded", "application/problem+json"
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Parameter:
    """A parameter of an operation. `place`: "path", "query" or "header"."""

    place: str
    name: str
    required: bool
    schema: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Operation:
    """One method of one path, as the document describes it."""

    method: str
    path: str
    said: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def tag(self) -> str:
        return self.said["tags"][0]

    @property
    def anybody(self) -> bool:
        """Whether it needs no credential."""
        return not self.said.get("security")

    def parameters(self, place: str) -> list[Parameter]:
        found = [self.resolved(one) for one in self.said.get("parameters", ())]
        return [
            Parameter(one["in"], one["name"], one.get("required", False), one.get("schema", {}))
            for one in found
            if one["in"] == place
        ]

    @property
    def media(self) -> dict[str, Any]:
        """Media types of the body, with what the document says of each; empty without a body."""
        return self.resolved(self.said.get("requestBody", {})).get("content", {})

    @property
    def takes_json(self) -> bool:
        return JSON in self.media

    @property
    def files(self) -> list[str]:
        """Media types of a body that is a file."""
        return [media for media in self.media if media not in (JSON, FORM)]

    @property
    def body(self) -> dict[str, Any]:
        """The schema of the JSON body, with references resolved at the top."""
        return self.resolved(self.media[JSON].get("schema", {}))

    @property
    def examples(self) -> list[Any]:
        """The examples of the JSON body, copies that may be changed."""
        said = self.media[JSON]
        found = [said["example"]] if "example" in said else [one["value"] for one in said.get("examples", {}).values()]
        return [json.loads(json.dumps(one)) for one in found or self.body.get("examples", ())]

    @property
    def statuses(self) -> set[int]:
        return {int(status) for status in self.said["responses"]}

    def codes(self, status: int) -> set[str]:
        """The codes of problems that the document has for a status."""
        answer = self.resolved(self.said["responses"].get(str(status), {}))
        return set(answer.get("content", {}).get(PROBLEM, {}).get("examples", {}))

    def url(self, ids: Mapping[str, str]) -> str:
        """The path with these ids in the place of its parameters; they are quoted already."""
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], self.path)

    def resolved(self, said: Any) -> Any:
        """What a reference refers to; anything else itself."""
        while isinstance(said, dict) and "$ref" in said:
            found: Any = self.document
            for part in said["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            said = found
        return said


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations of a document, in its order."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method.upper(), path, item[method], document)
