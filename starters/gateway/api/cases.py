"""A case as a principal may see it: found by number or key, newest from the server, masked, the look logged."""

from __future__ import annotations

from dataclasses import dataclass

from complaints import editions
from complaints.access.concern import CaseConcern, of_case
from complaints.access.looks import LookKind, at_file
from complaints.access.policy import Sight
from complaints.access.views import identity_of, seen_by
from complaints.base.errors import Refusal, Refused
from complaints.base.masking import Identity
from complaints.case.file import CaseFile
from complaints.case.round import RoundFile
from complaints.connection.settings import WrongSetting
from complaints.editions.model import Edition
from complaints.editions.problems import EditionMissing
from starters.client.duly import Duly
from starters.client.numbers import is_key
from starters.gateway.api.call import ApiCall
from workflows.interface import is_round

SILENT = (Refused.CASE_UNKNOWN, Refused.SERVER_UNREACHABLE)
"""Refusals of the server at which the read model is asked: it has forgotten the case, or it gives no answer."""

NOBODYS = "nobodys-0000000000000000"
"""A key that no case has."""


@dataclass(frozen=True)
class SeenCase:
    """A case with who has to do with it, as the policy lets the principal see it. `file` is unmasked."""

    concern: CaseConcern
    file: CaseFile
    edition: Edition | None
    sight: Sight

    @property
    def identity(self) -> Identity:
        """What is known of the customer, for parts of the case that do not say it."""
        return identity_of(self.file)

    @property
    def shown(self) -> CaseFile:
        """The file as the principal may see it."""
        return seen_by(self.sight, self.file)


async def seen_case(call: ApiCall, named: str, look: LookKind | None = LookKind.OPEN) -> SeenCase:
    """Return the case of this number or key. Raises `Refusal`: `CASE_UNKNOWN`, also for one that they may not see."""
    call.access.cases()
    concern = await concern_of(call, named)
    call.access.open_case(concern)
    reading = case_file(call, concern.key)
    file = await (reading if look is None else call.looked(at_file(call.principal, look, concern), reading))
    concern = concern.but(about=concern.about | file.about)  # the read model lags a moment behind
    edition = edition_if_known(file)
    return SeenCase(concern, file, edition, call.access.open_case(concern, file, edition))


async def concern_of(call: ApiCall, named: str) -> CaseConcern:
    """Return who has to do with a case; from the server if the read model does not have it yet.

    Raises `Refusal` (`CASE_UNKNOWN`), also if the server gives no answer: an unknown case must look like a hidden one.
    Therefore it must not be answered sooner, either: for the key of a hidden one, the server is asked in vain.
    """
    try:
        found = await call.concern(named)
    except Refusal:
        if not is_key(named.strip()):
            raise
    else:
        if found.key in call.hidden and is_key(named.strip()):
            await _ask_in_vain(call)
        return found
    try:
        return await _concern_of_new(await call.duly(), named.strip())
    except (Refusal, WrongSetting):
        raise Refusal(Refused.CASE_UNKNOWN, case=named) from None


async def _ask_in_vain(call: ApiCall) -> None:
    """Ask the server for a case that nobody has, as for an unknown key."""
    try:
        await (await call.duly()).since(NOBODYS, 0)
    except (Refusal, WrongSetting):
        return


async def _concern_of_new(duly: Duly, key: str) -> CaseConcern:
    found = await duly.since(key, 0)
    if found is None or not isinstance(found.file, CaseFile):
        raise Refusal(Refused.CASE_UNKNOWN, case=key)
    return of_case(await duly.case(key), found.lines)


async def case_file(call: ApiCall, key: str) -> CaseFile:
    """Return the file of a case: from the server while it is open, else from the read model."""
    try:
        return await (await call.duly()).case(key)
    except (Refusal, WrongSetting) as refusal:
        if isinstance(refusal, Refusal) and refusal.code not in SILENT:
            raise
        kept = await call.reading.case(key)
        if kept is None:
            raise
        return kept


async def round_file(call: ApiCall, key: str) -> RoundFile:
    """Return the file of a round: from the read model; from the server if that does not have it yet.

    Raises `Refusal` (`CASE_UNKNOWN`).
    """
    file = await call.reading.round(key)
    if file is not None:
        return file
    if not is_round(key):
        raise Refusal(Refused.CASE_UNKNOWN, case=key)
    try:
        return await (await call.duly()).round(key)
    except (Refusal, WrongSetting):  # an unknown round must look like a hidden one
        raise Refusal(Refused.CASE_UNKNOWN, case=key) from None


def edition_if_known(file: CaseFile) -> Edition | None:
    """Return the edition of a case; None if this gateway does not have it installed."""
    try:
        return editions.get(file.edition.name, file.edition.digest)
    except EditionMissing:
        return None
