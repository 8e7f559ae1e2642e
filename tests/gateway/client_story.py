"""What a client does with one complaint, and what it is told: the same whatever it is connected to."""

from __future__ import annotations

from typing import Any

import pytest

from complaints.base.errors import Refusal
from complaints.case.file import CaseFile
from starters.client import Duly
from starters.client.sentences import sentence
from tests.gateway.desk import complaint
from tests.people import CLERK, MANAGER, SUPERVISOR

Told = list[Any]


async def refused(attempt: Any) -> Any:
    """What a refusal says; it has a sentence in both languages."""
    with pytest.raises(Refusal) as refusal:
        await attempt
    assert sentence(refusal.value, "zh")
    assert sentence(refusal.value, "en")
    return refusal.value.code, {name: str(value) for name, value in refusal.value.params.items()}


async def story(duly: Duly, name: str) -> Told:
    """One complaint with what may happen to it, at the home `name`. Returns all that was told of it."""
    told: Told = []
    of_home = {"customer": f"客户{name}", "contact": f"{name}@mail.example", "building": name}
    said = complaint(name, **of_home)
    opened = await duly.open_complaint(said)
    key = opened.key
    told += [opened.new, opened.proposal, opened.lacks, [duty.id for duty in opened.duties]]
    told.append((await duly.open_complaint(said)).new)
    told.append((await refused(duly.open_complaint({**said, "matter": "another"})))[0])
    told.append(await refused(duly.discharge(key, "CR-5.2.1a", by=MANAGER, form={"level": 4})))
    told.append((await refused(duly.discharge(key, "CR-5.2.1a", by=SUPERVISOR, form={})))[0])
    graded = await duly.discharge(key, "CR-5.2.1a", by=SUPERVISOR, form={"level": 4}, act_id="grade it 一次")
    again = await duly.discharge(key, "CR-5.2.1a", by=SUPERVISOR, form={"level": 4}, act_id="grade it 一次")
    told += [graded.seq, again == graded, graded.opened]
    other = duly.discharge(key, "CR-5.1.4", by=SUPERVISOR, form={}, act_id="grade it 一次")
    told.append((await refused(other))[0])
    told.append((await refused(duly.comment(key, by="nobody.known", text="?")))[0])
    comment = await duly.comment(opened.number or key, by=CLERK, text="客户又来电", seen=graded.seq)
    told += [comment.seq, [line.kind for line in comment.events or ()]]
    told.append(await refused(duly.case("crm-0123456789abcdef")))
    told.append(await refused(duly.events("crm-0123456789abcdef")))
    file = await duly.case(key)
    told += [likeness(file), file == await duly.file(opened.number or key)]
    amended = await duly.amend(key, by=CLERK, reason="登记有误", form={"demand": "尽快修好"})
    told += [amended.seq, (await duly.case(key)).complaint.demand]
    told.append((await refused(duly.amend(key, by=CLERK, reason="登记有误", form={"demand": "尽快修好"})))[0])
    told.append(await duly.recalculate(key, by=SUPERVISOR, reason="日历更正"))
    told.append((await refused(duly.recalculate(key, by=CLERK, reason="日历更正")))[0])
    told.append((await refused(duly.reopen(key, by=CLERK, reason="客户又来")))[0])
    told.append(await kinds_since(duly, key, graded.seq))
    other_case = await duly.open_complaint(complaint(f"{name}-twin", **of_home))
    merged = await duly.merge(key, into=other_case.key, by=SUPERVISOR, reason="同一件事")
    told += [merged.opened, [line.kind async for line in duly.feed(key, comment.seq)]]
    told.append((await refused(duly.comment(key, by=CLERK, text="?")))[0])
    again = await duly.reopen(key, by=CLERK, reason="客户又来")
    told += [again.key != key, (await duly.reopen(key, by=CLERK, reason="客户又来")).key == again.key]
    handing = {"to": MANAGER, "by": MANAGER, "reason": "李娜离职", "keys": [again.key]}
    told.append([one.duties for one in [one async for one in duly.hand_over(SUPERVISOR, dry_run=True, **handing)]])
    told.append([(one.duties, one.refused) for one in [one async for one in duly.hand_over(SUPERVISOR, **handing)]])
    return told


async def kinds_since(duly: Duly, key: str, after: int) -> list[str]:
    """The kinds of all journal lines after a line. Over HTTP they may come a moment after the act."""
    kinds: list[str] = []
    end = (await duly.case(key)).journal_seq
    while after < end:
        found = await duly.events(key, after, wait=20)
        assert not found.closed
        kinds += [line.kind for line in found.lines]
        after = found.last
    return kinds


def likeness(file: CaseFile) -> Any:
    """What is the same of two cases that were opened one after the other."""
    complaint = file.complaint.model_dump(exclude={"external_id", "received_at", "customer", "contact", "building"})
    duties = [(duty.id, duty.owner, duty.open, duty.revision) for duty in file.duties.values()]
    return complaint, file.level, file.track, duties, [(act.seq, act.kind, act.by, act.form) for act in file.acts]
