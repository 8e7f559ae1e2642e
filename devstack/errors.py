"""What can go wrong with the development stack, each with what to do about it."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot be had as things are; both texts say what to do."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class ConfigurationError(StackError):
    """The environment variables contradict each other."""


class NothingInstalled(StackError):
    """None of the places has a Temporal server."""


class AlreadyRunning(StackError):
    """Another stack owns this home."""


class ChildFailed(StackError):
    """A process of the stack did not start, or stopped by itself."""
