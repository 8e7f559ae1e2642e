"""Schemathesis against the gateway: what a request of the document's making is answered with, the document says.

Requests are those of schemathesis' coverage phase, a sample of them, and random ones, both as the schemas have them and
not, also the document's own examples with random changes, each by one of the principals. The same seed makes the same
requests in the same order.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any

import httpx2
import hypothesis
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.operations import PROBLEM, Operation, operations

CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
COVERED, RANDOM = 20, 24
"""Requests of the coverage phase, and random ones, for each operation."""
MOST_COVERED = 400
"""Requests of the coverage phase that the sample is taken of."""
PATIENCE = 60.0

_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example)

Send = Callable[[str, httpx2.Request], Coroutine[Any, Any, httpx2.Response]]
"""Sends a request as a principal."""


@dataclass(frozen=True)
class Fault:
    """An answer that the document does not have."""

    operation: str
    said: str
    who: str
    request: str
    answer: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.said}\n  as {self.who}: {self.request}\n  answered {self.answer}"


@dataclass
class Conformance:
    """Tries operations of a document. `known` returns ids for a path's parameters; `only` chooses operations."""

    document: Mapping[str, Any]
    send: Send
    principals: Sequence[str]
    known: Callable[[Operation], Mapping[str, str]]
    seed: str
    loop: asyncio.AbstractEventLoop
    faults: dict[tuple[str, str], Fault] = field(default_factory=dict[tuple[str, str], Fault])
    sent: int = 0
    made: Any = field(default_factory=blake2b)
    """The digest of all requests, to see that the same seed makes the same."""

    def run(self, only: Callable[[Operation], bool]) -> list[Fault]:
        """Try the operations, one after the other. It sends by the event loop, so it runs in a thread beside it."""
        schema = schemathesis.openapi.from_dict(dict(self.document))
        for operation in operations(self.document):
            if only(operation):
                self._try(operation, schema[operation.path][operation.method])
        return list(self.faults.values())

    def _try(self, operation: Operation, tried: Any) -> None:
        known = self.known(operation)
        chance = random.Random(f"{self.seed} {operation.name}")
        for case in _covered(tried, chance):
            if case.path_parameters and chance.random() < 0.5:
                case.path_parameters = {**case.path_parameters, **known}
            self._look(operation, case, chance.choice(self.principals))

        @hypothesis.seed(int(blake2b(f"{self.seed} {operation.name}".encode(), digest_size=8).hexdigest(), 16))
        @hypothesis.settings(
            max_examples=RANDOM,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=_SLOW,
        )
        @hypothesis.given(_requests(operation, tried, known, self.principals))
        def tries(made: tuple[Any, str]) -> None:
            self._look(operation, *made)

        tries()

    def _look(self, operation: Operation, case: Any, who: str) -> None:
        request = _request(case)
        if request is None:
            return
        self.sent += 1
        self.made.update(repr((who, request.method, str(request.url), request.content)).encode())
        answer = asyncio.run_coroutine_threadsafe(self.send(who, request), self.loop).result(PATIENCE)
        for said in _wrong(operation, case, answer):
            fault = Fault(operation.name, said, who, _shown(request), f"{answer.status_code}: {answer.text[:400]}")
            self.faults.setdefault((operation.name, said.partition("\n")[0]), fault)


def _covered(tried: Any, chance: random.Random) -> Iterable[Any]:
    """A sample of the requests of the coverage phase."""
    config = tried.schema.config.generation_for(operation=tried)
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    cases = tried.schema.iter_coverage_cases(tried, generation_modes=modes, generation_config=config)
    found = [case for case in islice(cases, MOST_COVERED) if case.method.upper() == tried.method.upper()]
    return found if len(found) <= COVERED else chance.sample(found, COVERED)


def _requests(
    operation: Operation, tried: Any, known: Mapping[str, str], principals: Sequence[str]
) -> st.SearchStrategy[tuple[Any, str]]:
    """Requests of schemathesis' making, some of them with known ids and with fields of the document's examples."""
    examples = operation.examples if operation.takes_json else []
    fitting = tried.as_strategy(generation_mode=GenerationMode.POSITIVE)
    other = tried.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    made = st.one_of(fitting, other) if _has_input(operation) else fitting

    @st.composite
    def requests_(draw: st.DrawFn) -> tuple[Any, str]:
        case = draw(made)
        if known and draw(st.integers(0, 3)):
            case.path_parameters = {**(case.path_parameters or {}), **known}
        if examples and draw(st.integers(0, 3)):
            case.body = _mixed(draw, draw(st.sampled_from(examples)), case.body)
        return case, draw(st.sampled_from(principals))

    return requests_()


def _mixed(draw: st.DrawFn, example: Any, made: Any) -> Any:
    """An example with some fields of a body that was made."""
    if not isinstance(example, dict) or not isinstance(made, dict) or not made:
        return example
    taken = draw(st.lists(st.sampled_from(sorted(made, key=str)), max_size=2, unique=True))
    return {**example, **{name: made[name] for name in taken}}


def _has_input(operation: Operation) -> bool:
    return bool(operation.media) or any(operation.parameters(place) for place in ("path", "query", "header"))


def _request(case: Any) -> httpx2.Request | None:
    """The request of a case as it goes over the wire; None for one that no HTTP client can send."""
    said = case.as_transport_kwargs(base_url="http://127.0.0.1:7281")
    try:
        made = requests.Request(
            **{name: said[name] for name in ("method", "url", "params", "headers", "cookies", "data", "json", "files")
               if name in said}
        ).prepare()  # fmt: skip
        body: Any = made.body or b""
        content: bytes = body.encode() if isinstance(body, str) else body
        headers = [(name, _text(value)) for name, value in made.headers.items() if name.lower() not in _OWN]
        return httpx2.Request(str(made.method), str(made.url), headers=headers, content=content)
    except (requests.RequestException, httpx2.InvalidURL, UnicodeError, ValueError):
        return None


_OWN = ("authorization", "user-agent", "accept-encoding", "connection", "content-length", "cookie")
"""Headers that the program sets by itself."""


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _wrong(operation: Operation, case: Any, answer: httpx2.Response) -> list[str]:
    """What is wrong with an answer, one sentence each."""
    if answer.status_code >= 500:
        return [f"Server error: {answer.status_code}"]
    found = list[str]()
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as failed:
        found += [_said(one) for one in failed.exceptions]
    except Failure as failed:
        found.append(_said(failed))
    if not found and answer.headers.get("content-type") == PROBLEM:
        code = answer.json()["code"]
        if code not in operation.codes(answer.status_code):
            found.append(f"Undocumented problem: {code} with {answer.status_code}")
    return found


def _said(failed: BaseException) -> str:
    title, message = getattr(failed, "title", type(failed).__name__), getattr(failed, "message", str(failed))
    return f"{title}: {message}"


def _shown(request: httpx2.Request) -> str:
    headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
    return f"{request.method} {request.url} {headers} {request.content[:2000]!r}"
