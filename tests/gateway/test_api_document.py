"""The OpenAPI document: valid, complete, and with an example of everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from starters.gateway.api.documented import describe
from starters.gateway.api.routers import ROUTERS


def _document() -> dict[str, Any]:
    app = FastAPI(title="Duly", version="1.0")
    for router in ROUTERS:
        app.include_router(router)
    describe(app)
    return app.openapi()


DOCUMENT = _document()
METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> Iterator[Any]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield pytest.param(item[method], id=f"{method.upper()} {path}")


def has_example(content: dict[str, Any]) -> bool:
    return all("example" in one or one.get("examples") or has_own(one.get("schema", {})) for one in content.values())


def has_own(schema: dict[str, Any]) -> bool:
    """Whether the schema, or the one that it refers to, has examples."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if options := schema.get("oneOf"):
        return all(has_own(one) for one in options)
    return bool(schema.get("examples"))


def test_the_document_is_valid() -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_a_thing_has_one_name_in_all_paths() -> None:
    names: dict[str, set[str]] = {}
    for path in DOCUMENT["paths"]:
        for before, name in re.findall(r"([^/]+)/\{(\w+)\}", path):
            names.setdefault(before, set()).add(name)
    assert {before: found for before, found in names.items() if len(found) > 1} == {}


@pytest.mark.parametrize("operation", list(operations()))
def test_an_operation_has_a_summary_a_description_and_examples(operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    if body := operation.get("requestBody"):
        assert has_example(body["content"])
    for status, answer in operation["responses"].items():
        if content := answer.get("content"):
            assert has_example(content), status


@pytest.mark.parametrize("operation", list(operations()))
def test_an_operation_documents_its_problems(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    assert {"400", "422", "429", "500", "503"} <= answers.keys()
    for status, answer in answers.items():
        if status.startswith(("4", "5")):
            assert list(answer["content"]) == ["application/problem+json"]


def test_names_of_operations_are_said_once() -> None:
    ids = [operation.values[0]["operationId"] for operation in operations()]
    assert len(set(ids)) == len(ids)
