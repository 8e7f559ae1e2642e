"""Builds the application: every route, what every request passes, and every error as a problem."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from complaints.accounts.errors import AccountRefused
from complaints.base.error_text import described
from complaints.base.errors import Refusal
from complaints.base.faults import RecordsAway, RecordsRefused
from complaints.case.file import ActKind
from complaints.connection.settings import Unsettled
from complaints.webhooks.errors import WebhookRefused
from starters.gateway.api.call import discretion_of, note_refusal
from starters.gateway.api.documented import describe
from starters.gateway.api.routers import BODIES, ROUTERS
from starters.gateway.middleware import BoundedBody, Hardened, OwnHost, OwnOrigin
from starters.gateway.pages import device, resident, sign_in
from starters.gateway.pages.rendering import HERE, answer_for
from starters.gateway.parts import GatewayParts
from starters.gateway.problems import ApiProblem, of_validation
from starters.gateway.refusals import UNFORESEEN, of_refusal

log = logging.getLogger(__name__)

OPENAPI = "/api/v1/openapi.json"
KINDS = frozenset(kind.value for kind in ActKind)
_CODES = {404: "not-found", 405: "method"}


def create_app(parts: GatewayParts, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """Build the gateway's application of its parts. `routers` are added to those of the API (`api.routers`).

    Routes end with `Refusal` or `ApiProblem`. Whatever else they raise becomes an answer that tells nothing.
    """
    config, security = parts.config, parts.security

    def answer(request: Request, problem: ApiProblem) -> Response:
        return answer_for(config, request, problem)

    app = FastAPI(
        title="Duly",
        version="1.0",
        openapi_url=OPENAPI,
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Hardened, config=config, security=security, answer=answer),
            Middleware(OwnHost, config=config, security=security, answer=answer),
            Middleware(OwnOrigin, config=config, security=security, answer=answer),
            Middleware(BoundedBody, rules={**BODIES, **parts.bodies}, security=security, answer=answer),
        ],
        exception_handlers=_handlers(answer),
    )
    app.state.parts = parts
    for router in (sign_in.router, device.router, resident.router, *ROUTERS, *routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    _add_health(app, parts)
    describe(app)
    return app


def _handlers(answer: Callable[[Request, ApiProblem], Response]) -> Any:
    async def problem(request: Request, error: ApiProblem) -> Response:
        return answer(request, error)

    async def refused(request: Request, error: AccountRefused) -> Response:
        return answer(request, ApiProblem.of_account(error))

    async def webhook(request: Request, error: WebhookRefused) -> Response:
        return answer(request, ApiProblem.of_webhook(error))

    async def refusal(request: Request, error: Refusal) -> Response:
        note_refusal(request, error)
        if error.code in UNFORESEEN:
            log.error("%s %s: %s", request.method, _route(request), error.code.value)
        return answer(request, of_refusal(error, discretion_of(request)))

    async def misled(request: Request, wrong: Unsettled) -> Response:
        # The server does not take the token of this gateway, or no store of attachments is set.
        log.error("%s %s: %s", request.method, _route(request), wrong.key)
        return answer(request, ApiProblem(503, "away", headers={"retry-after": "5"}))

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        tags = KINDS if _route(request).endswith("/acts") else ()
        return answer(request, of_validation(error.errors(), tags))

    async def http(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "bad-request")
        status = error.status_code if code != "bad-request" else 400
        return answer(request, ApiProblem(status, code, headers=error.headers or {}))

    async def away(request: Request, fault: RecordsAway) -> Response:
        log.warning("%s %s: %s", request.method, _route(request), described(fault))
        return answer(request, ApiProblem(503, "away", headers={"retry-after": "5"}))

    async def unfit(request: Request, fault: RecordsRefused) -> Response:
        # Of a value that the database cannot hold, or of a fault of ours: the log has to tell.
        log.error("%s %s: %s", request.method, _route(request), described(fault))
        return answer(request, ApiProblem(422, "invalid", fields=({"field": "body", "code": "invalid"},)))

    return {
        ApiProblem: problem,
        Refusal: refusal,
        Unsettled: misled,
        AccountRefused: refused,
        WebhookRefused: webhook,
        RequestValidationError: invalid,
        HTTPException: http,
        RecordsAway: away,
        RecordsRefused: unfit,
    }


def _add_health(app: FastAPI, parts: GatewayParts) -> None:
    """Add the endpoints that a worker has too: `/healthz` while the process runs, `/readyz` while it can answer.

    `signs` is for `duly doctor`: a gateway without a key answers, and new cases refuse what it sends.
    """

    async def healthz() -> Response:
        return JSONResponse({"ok": True})

    async def readyz() -> Response:
        try:
            directory = await parts.accounts.directory_version()
        except RecordsAway:
            return JSONResponse({"ready": False, "records": "away"}, 503)
        ready = directory is not None
        said = {"ready": ready, "records": "ok", "directory": ready, "signs": parts.clients.signs}
        return JSONResponse(said, 200 if ready else 503)

    routes: tuple[tuple[str, Callable[[], Coroutine[Any, Any, Response]]], ...] = (
        ("/healthz", healthz),
        ("/readyz", readyz),
    )
    for path, endpoint in routes:
        app.add_api_route(path, endpoint, methods=["GET"], include_in_schema=False)


def _route(request: Request) -> str:
    """Return the path of the route, without what was filled in: for logs."""
    return str(getattr(request.scope.get("route"), "path", "?"))
