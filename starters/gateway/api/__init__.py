"""The HTTP API below `/api/v1`: a router for each resource, and what they share.

How to add an operation:

1. A module of the resource with `router = APIRouter(prefix="/api/v1/things", tags=["things"])`; it goes into
   `starters/gateway/api/routers.py`. A body that is no JSON has a `BodyRule` in `BODIES` there.
2. The route takes `call: Call` (`call.py`), which knows the principal. Ask the policy first: `call.access.…`. Read from
   `call.reading` (cases, rounds) or `call.store(Reports)`. Act by `await call.duly()`, which signs as the principal;
   `call.person(body.by)` says in whose name. Log each look: `await call.looked(at_record(…), reading)`.
3. What is answered goes through `seen_by(sight, thing)` (`complaints.access.views`).
4. Raise `Refusal`: `starters/gateway/refusals.py` makes the problem of it, and leaves out what must not be said. What
   may not be seen raises what an unknown id raises (`CASE_UNKNOWN`, `RECORD_UNKNOWN`).
5. `@router.get("/{thing}", **documented("Show a thing.", EXAMPLE, "record-unknown"))` documents the answer and every
   problem with examples (`documented.py`); codes of `COMMON` need not be named. Bodies are `ApiBody` (`models.py`) with
   `json_schema_extra={"examples": […]}`. Lists have `limit` and `cursor` (`cursors.py`); acts have `Idempotency-Key`
   and `If-Match` (`preconditions.py`).
6. A test in `tests/gateway`; `test_api_document.py` looks at every operation of the document.
"""
