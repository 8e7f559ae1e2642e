"""Pages: templates that escape everything, in the language of the person, and errors as pages for browsers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from complaints.texts import LANGUAGES, say
from starters.gateway.config import GatewayConfig
from starters.gateway.middleware import API
from starters.gateway.problems import ApiProblem

HERE = Path(__file__).parents[1]
LANGUAGE_COOKIE = "duly-lang"
WITH_FORMS = ("/sign-in", "/password")
"""Pages that are also what their own form leads to."""
MOST_FIELDS = 20
LONGEST_TARGET = 500

_templates = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language(request: Request, default: str = "zh") -> str:
    """Return "zh" or "en": as chosen on a page, else what the browser prefers, else `default`."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
            return chosen
    for preferred in request.headers.get("accept-language", "")[:200].split(","):
        short = preferred.strip().lower()[:2]
        if short in LANGUAGES:
            return short
    return default


def page(request: Request, config: GatewayConfig, template: str, status: int = 200, **params: Any) -> Response:
    """Render a page in the language of the person."""
    lang = language(request, config.lang)

    def words(key: str, **fields: Any) -> str:
        return say(f"gateway.page.{key}", lang, **fields)

    other = "en" if lang == "zh" else "zh"
    here = _in_language(request, other)
    html = _templates.get_template(template).render(say=words, lang=lang, other=other, here=here, **params)
    response = HTMLResponse(html, status, headers={"vary": "accept-language, cookie", "content-language": lang})
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, lang, max_age=31536000, samesite="lax", secure=config.secure, httponly=True
        )
    return response


def _in_language(request: Request, lang: str) -> str:
    """Return the address of this page in another language; of the start page where its own might lead elsewhere."""
    kept = {name: request.query_params[name] for name in ("next", "code") if name in request.query_params}
    shown = request.method == "GET" or request.url.path in WITH_FORMS
    path = target_of(request.url.path, "/") if shown else "/"
    return f"{path}?{urlencode({**kept, 'lang': lang})}"


def redirect(target: str) -> Response:
    """Send the browser to one of our pages, by GET."""
    return RedirectResponse(target, 303)


def answer_for(config: GatewayConfig, request: Request, problem: ApiProblem) -> Response:
    """Answer with a page if a browser asks for one, else with a problem document."""
    lang = language(request, config.lang)
    if request.url.path.startswith(API) or "text/html" not in request.headers.get("accept", ""):
        return problem.response(lang)
    response = page(request, config, "error.html", problem.status, message_text=problem.words(lang))
    response.headers.update(problem.headers)
    return response


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form. Raises `ApiProblem` for one that cannot be read or has a field twice."""
    try:
        pairs = parse_qsl(
            (await request.body()).decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise ApiProblem(400, "bad-request") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ApiProblem(400, "bad-request")
    return found


def target_of(text: str | None, default: str) -> str:
    """Return a page of ours to go to after signing in; `default` for whatever might lead elsewhere."""
    if not text or len(text) > LONGEST_TARGET or not text.startswith("/") or text.startswith(("//", "/\\")):
        return default
    if not text.isascii() or not text.isprintable() or "\\" in text or " " in text:
        return default
    return text
