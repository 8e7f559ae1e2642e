"""The client for programs without asyncio: it runs in its own thread, and its methods block until the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import ExitStack
from functools import partial, wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from starters.client.duly import Duly

P = ParamSpec("P")
T = TypeVar("T")


def blocking(method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> Callable[Concatenate[Any, P], T]:
    """Turn a coroutine method of `Duly` into a blocking one of `DulySync`; an interrupt cancels the call."""

    @wraps(method)
    def waits(self: Any, *args: P.args, **kwargs: P.kwargs) -> T:
        answer = self.portal.start_task_soon(partial(method, self.duly, *args, **kwargs))
        try:
            return answer.result()
        finally:
            answer.cancel()

    return waits


def collecting(method: Callable[Concatenate[Any, P], AsyncIterator[T]]) -> Callable[Concatenate[Any, P], list[T]]:
    """Turn an async generator method of `Duly` into a blocking one of `DulySync` that returns a list."""

    @wraps(method)
    async def collected(duly: Any, *args: P.args, **kwargs: P.kwargs) -> list[T]:
        return [one async for one in method(duly, *args, **kwargs)]

    return blocking(collected)


def one_by_one(method: Callable[Concatenate[Any, P], AsyncIterator[T]]) -> Callable[Concatenate[Any, P], Generator[T]]:
    """Turn an async generator method of `Duly` into one of `DulySync` that waits for each of its values."""

    async def following(values: AsyncIterator[T]) -> T | _End:
        return await anext(values, _END)

    @wraps(method)
    def iterates(self: Any, *args: P.args, **kwargs: P.kwargs) -> Generator[T]:
        values: Any = method(self.duly, *args, **kwargs)
        following_one = blocking(lambda _: following(values))
        try:
            while not isinstance(found := following_one(self), _End):
                yield found
        finally:
            self.portal.call(values.aclose)

    return iterates


class _End:
    """Says that there are no more values."""


_END = _End()


class DulySync:
    """`Duly` for programs without asyncio: its case methods, blocking until the answer. Use it as a context manager.

    Threads may share it. Make it after a fork, not before.
    """

    def __init__(self, duly: Duly, portal: BlockingPortal, ending: ExitStack) -> None:
        """`ending` stops the portal's thread."""
        self.duly = duly
        self.portal = portal
        self._ending = ending

    @classmethod
    def connect(
        cls, address: str | None = None, namespace: str | None = None, *, token: str | None = None, **options: Any
    ) -> Self:
        """Start the thread and connect; arguments and errors are those of `Duly.connect`."""
        with ExitStack() as starting:
            portal = starting.enter_context(start_blocking_portal(name="duly"))
            duly = portal.call(partial(Duly.connect, address, namespace, token=token, **options))
            starting.callback(portal.call, portal.stop, True)  # running calls are cancelled at the end
            starting.callback(portal.call, duly.close)
            return cls(duly, portal, starting.pop_all())

    def close(self) -> None:
        """Stop the thread and cancel running calls. Closing twice is harmless."""
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    open_complaint = blocking(Duly.open_complaint)
    reopen = blocking(Duly.reopen)
    case = blocking(Duly.case)
    round = blocking(Duly.round)
    file = blocking(Duly.file)
    events = blocking(Duly.events)
    feed = one_by_one(Duly.feed)
    act = blocking(Duly.act)
    act_later = blocking(Duly.act_later)

    discharge = blocking(Duly.discharge)
    approve = blocking(Duly.approve)
    return_ = blocking(Duly.return_)
    delegate = blocking(Duly.delegate)
    countersign = blocking(Duly.countersign)
    acknowledge = blocking(Duly.acknowledge)
    withdraw = blocking(Duly.withdraw)
    pass_up = blocking(Duly.pass_up)
    reschedule = blocking(Duly.reschedule)
    ask_date = blocking(Duly.ask_date)
    try_ = blocking(Duly.try_)
    unreached = blocking(Duly.unreached)
    revise = blocking(Duly.revise)
    pause = blocking(Duly.pause)
    resume = blocking(Duly.resume)
    open_matter = blocking(Duly.open_matter)
    cancel_matter = blocking(Duly.cancel_matter)
    regrade = blocking(Duly.regrade)
    amend = blocking(Duly.amend)
    merge = blocking(Duly.merge)
    gather = blocking(Duly.gather)
    drop = blocking(Duly.drop)
    invalidate = blocking(Duly.invalidate)
    enquiry = blocking(Duly.enquiry)
    contact = blocking(Duly.contact)
    attach = blocking(Duly.attach)
    detach = blocking(Duly.detach)
    attachments = blocking(Duly.attachments)
    attachment = blocking(Duly.attachment)
    save_attachment = blocking(Duly.save_attachment)
    entrust = blocking(Duly.entrust)
    recall = blocking(Duly.recall)
    claim = blocking(Duly.claim)
    urge = blocking(Duly.urge)
    comment = blocking(Duly.comment)
    copy_to = blocking(Duly.copy_to)
    read = blocking(Duly.read)
    hand_over = collecting(Duly.hand_over)
