"""The examples of the OpenAPI document are answers and bodies as the schemas have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.gateway.test_api_document import DOCUMENT, METHODS


def examples() -> Iterator[Any]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            for status, answer in operation.get("responses", {}).items():
                said = answer.get("content", {}).get("application/json", {})
                if "example" in said and "schema" in said:
                    yield pytest.param(said["schema"], said["example"], id=f"{method.upper()} {path} {status}")
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            yield pytest.param({"$ref": f"#/components/schemas/{name}"}, example, id=name)


@pytest.mark.parametrize(("schema", "example"), list(examples()))
def test_an_example_is_what_its_schema_says(schema: dict[str, Any], example: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = [error for error in Draft202012Validator(whole).iter_errors(example) if not _left_out(error)]
    assert [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors] == []


def _left_out(error: Any) -> bool:
    """Whether a field is missing that is null: the document is written without these."""
    if error.validator != "required":
        return False
    missing = [name for name in error.validator_value if name not in error.instance]
    options = [error.schema["properties"][name].get("anyOf", ()) for name in missing]
    return all({"type": "null"} in one for one in options)
