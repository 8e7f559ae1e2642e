"""Documents under approval in PostgreSQL: each step holds a lock on its document, and each act is done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from complaints.case import stand_ins
from complaints.case.file import Duty
from complaints.case.stand_ins import StandIn
from complaints.documents import course
from complaints.documents.course import DocumentRefusal, DocumentRefused
from complaints.documents.model import (
    DepartmentOpinion,
    Document,
    DocumentDecision,
    DocumentFile,
    DocumentKind,
    DocumentRef,
    DocumentRevision,
    Draft,
    Review,
)
from complaints.store.database import Connection, Store

Step = Callable[[Document], Document]

OPEN = "INSERT INTO documents (id, kind, project) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
LOCK = "SELECT id, kind, project FROM documents WHERE id = $1 FOR UPDATE"
LIST = """
SELECT id, kind, project FROM documents
WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR project = $2) ORDER BY kind, project NULLS FIRST, id
"""
VERSIONS = "SELECT * FROM document_versions WHERE document = ANY ($1) ORDER BY document, number"
REVIEWS = "SELECT * FROM document_reviews WHERE document = ANY ($1)"
OPINIONS = "SELECT * FROM document_opinions WHERE document = ANY ($1) ORDER BY at, department"
DECISIONS = "SELECT * FROM document_decisions WHERE document = ANY ($1)"
DUTIES = """
SELECT wanted.act, a.by, d.whole FROM unnest($1::text[], $2::text[], $3::integer[]) AS wanted(act, key, seq)
JOIN acts AS a USING (key, seq)
JOIN duties AS d ON d.key = a.key AND d.id = a.duty AND (d.whole ->> 'act')::integer = a.seq
"""
"""The duties of rounds that the acts `<round>/<seq>` have closed."""
FILE = """
SELECT f.content FROM document_versions AS v JOIN document_files AS f ON f.sha256 = v.file_sha256
WHERE v.document = $1 AND v.number = $2
"""

ADD_FILE = "INSERT INTO document_files (sha256, content) VALUES ($1, $2) ON CONFLICT DO NOTHING"
ADD_VERSION = """
INSERT INTO document_versions (document, number, title, summary, text, file_name, file_size, file_sha256, digest, by,
                               at, act)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
ADD_REVIEW = """
INSERT INTO document_reviews (document, number, departments, by, at, act) VALUES ($1, $2, $3, $4, $5, $6)
"""
ADD_OPINION = """
INSERT INTO document_opinions (document, number, department, agrees, opinion, by, at, act)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
ADD_DECISION = """
INSERT INTO document_decisions (document, number, approved, reason, by, at, act) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


class DocumentShelf(Store):
    """The documents in PostgreSQL. Methods raise `DocumentRefused` for an invalid step, and `RecordsAway`."""

    async def write(self, draft: Draft, by: str, at: datetime, act: str, content: bytes | None = None) -> DocumentRef:
        """Add a version, and with the first one the document. `content` is the attached file, if there is one."""
        _check(draft, content)
        async with self._database.transaction() as connection:
            await connection.execute(OPEN, draft.document, draft.kind.value, draft.project)
            document = await _locked(connection, draft.document)
            known = document if document and document.versions else None  # None: new, and locked by us
            after = course.written(known, draft, by, at, act)
            if content is not None and draft.attachment is not None:
                await connection.execute(ADD_FILE, draft.attachment.sha256, content)
            await _keep(connection, document, after)
        return course.ref(after)

    async def put(
        self, document: str, version: int, departments: Sequence[str], by: str, at: datetime, act: str
    ) -> DocumentRef:
        """Put the newest version to these departments for their opinions."""
        return await self._step(document, version, lambda one: course.put(one, version, departments, by, at, act))

    async def put_forward(self, document: str, version: int, by: str, at: datetime, summary: str, act: str) -> None:
        """Put the newest version forward; no department's opinion is required. `summary` is ignored."""
        del summary
        await self.put(document, version, (), by, at, act)

    async def opinion(
        self,
        document: str,
        version: int,
        department: str,
        by: str,
        at: datetime,
        text: str,
        act: str,
        *,
        agrees: bool = True,
    ) -> None:
        """Store a department's opinion."""
        given = DepartmentOpinion(department=department, agrees=agrees, opinion=text, by=by, at=at, act=act)
        await self._step(document, version, lambda one: course.opinion(one, version, given))

    async def approved(self, document: str, version: int, by: str, at: datetime, act: str) -> None:
        """Store the general manager's approval: the version is in force from now on."""
        decision = DocumentDecision(approved=True, by=by, at=at, act=act)
        await self._step(document, version, lambda one: course.decided(one, version, decision))

    async def returned(self, document: str, version: int, by: str, at: datetime, reason: str, act: str) -> None:
        """Store that the general manager returned the version, and why."""
        decision = DocumentDecision(approved=False, reason=reason, by=by, at=at, act=act)
        await self._step(document, version, lambda one: course.decided(one, version, decision))

    async def ref(self, document: str, version: int | None = None) -> DocumentRef:
        """Return the reference to a version in its present state, by default the newest."""
        return course.ref(await self.get(document), version)

    async def get(self, document: str) -> Document:
        """Return a document with all its versions, without the bytes of its files."""
        async with self._database.connection() as connection:
            rows = await connection.fetch("SELECT id, kind, project FROM documents WHERE id = $1", document)
            found = await _whole(connection, rows)
        if not found:
            raise DocumentRefused(DocumentRefusal.UNKNOWN, document=document)
        return found[0]

    async def documents(self, kind: DocumentKind | None = None, project: str | None = None) -> tuple[Document, ...]:
        """Return all documents, or those of a kind or a project."""
        async with self._database.connection() as connection:
            return await _whole(connection, await connection.fetch(LIST, kind and kind.value, project))

    async def file(self, document: str, version: int) -> bytes | None:
        """Return the bytes of a version's attached file; None if it has none."""
        async with self._database.connection() as connection:
            return await connection.fetchval(FILE, document, version)

    async def _step(self, id: str, version: int, step: Step) -> DocumentRef:
        async with self._database.transaction() as connection:
            document = await _locked(connection, id)
            if document is None or not document.versions:
                raise DocumentRefused(DocumentRefusal.UNKNOWN, document=id)
            after = step(document)
            await _keep(connection, document, after)
        return course.ref(after, version)


def _check(draft: Draft, content: bytes | None) -> None:
    """Raise `DocumentRefused` if the file is not the one that the draft announces."""
    announced = draft.attachment and (draft.attachment.size, draft.attachment.sha256)
    given = None if content is None else (len(content), hashlib.sha256(content).hexdigest())
    if announced != given:
        raise DocumentRefused(DocumentRefusal.FILE, document=draft.document)


async def _locked(connection: Connection, id: str) -> Document | None:
    """Lock the document until the transaction ends, and return it; None if it does not exist."""
    rows = await connection.fetch(LOCK, id)
    return next(iter(await _whole(connection, rows)), None)


async def _whole(connection: Connection, rows: Sequence[Any]) -> tuple[Document, ...]:
    ids = [row["id"] for row in rows]
    reviews = {(row["document"], row["number"]): row for row in await connection.fetch(REVIEWS, ids)}
    decided, given = await connection.fetch(DECISIONS, ids), await connection.fetch(OPINIONS, ids)
    stood_in = await _stand_ins(connection, [row["act"] for row in (*decided, *given)])
    decisions = {(row["document"], row["number"]): _with(row, stood_in) for row in decided}
    opinions: dict[tuple[str, int], list[Any]] = {}
    for row in given:
        opinions.setdefault((row["document"], row["number"]), []).append(_with(row, stood_in))
    versions: dict[str, list[DocumentRevision]] = {id: [] for id in ids}
    for row in await connection.fetch(VERSIONS, ids):
        place = (row["document"], row["number"])
        versions[row["document"]].append(
            _version(row, reviews.get(place), opinions.get(place, []), decisions.get(place))
        )
    return tuple(Document(**dict(row), versions=tuple(versions[row["id"]])) for row in rows)


async def _stand_ins(connection: Connection, acts: Sequence[str]) -> dict[str, StandIn | None]:
    """Return for whom each of these acts was done, if it closed a duty of a round: by its id `<round>/<seq>`."""
    places = {act: (key, int(seq)) for act in acts for key, _, seq in [act.rpartition("/")] if seq.isdigit()}
    keys, numbers = [key for key, _ in places.values()], [seq for _, seq in places.values()]
    if not places:
        return {}
    rows: list[Any] = await connection.fetch(DUTIES, list(places), keys, numbers)
    return {row["act"]: stand_ins.of_closed(Duty.model_validate(row["whole"]), row["by"]) for row in rows}


def _with(row: Any, stood_in: dict[str, StandIn | None]) -> dict[str, Any]:
    """Return a row of an act with the person for whom it was done."""
    return {**dict(row), "stand_in": stood_in.get(row["act"])}


def _version(row: Any, review: Any, opinions: list[Any], decision: Any) -> DocumentRevision:
    same = ("number", "title", "summary", "text", "digest", "by", "at", "act")
    attachment = None
    if row["file_name"] is not None:
        attachment = DocumentFile(name=row["file_name"], size=row["file_size"], sha256=row["file_sha256"])
    return DocumentRevision(
        **{name: row[name] for name in same},
        attachment=attachment,
        review=_of(Review, review) if review else None,
        opinions=tuple(_of(DepartmentOpinion, one) for one in opinions),
        decision=_of(DocumentDecision, decision) if decision else None,
    )


def _of(model: Any, row: Any) -> Any:
    return model.model_validate(
        {name: value for name, value in dict(row).items() if name not in ("document", "number")}
    )


async def _keep(connection: Connection, before: Document | None, after: Document) -> None:
    """Write the addition of a step: at most one thing, in at most one version."""
    known = {one.number: one for one in before.versions} if before else {}
    for version in after.versions:
        old = known.get(version.number)
        place = (after.id, version.number)
        if old is None:
            file = version.attachment
            parts = (file.name, file.size, file.sha256) if file else (None, None, None)
            words = (version.title, version.summary, version.text)
            made = (version.digest, version.by, version.at, version.act)
            await connection.execute(ADD_VERSION, *place, *words, *parts, *made)
        if version.review and not (old and old.review):
            one = version.review
            await connection.execute(ADD_REVIEW, *place, list(one.departments), one.by, one.at, one.act)
        for one in version.opinions[len(old.opinions) if old else 0 :]:
            said = (one.department, one.agrees, one.opinion, one.by, one.at, one.act)
            await connection.execute(ADD_OPINION, *place, *said)
        if version.decision and not (old and old.decision):
            one = version.decision
            await connection.execute(ADD_DECISION, *place, one.approved, one.reason, one.by, one.at, one.act)
