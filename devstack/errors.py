"""The errors of the development stack; each message says what to do."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot be started or used; both texts say what to do."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class ConfigurationError(StackError):
    """The environment variables contradict each other."""


class NothingInstalled(StackError):
    """None of the sources (`devstack.sources`) has a Temporal server."""


class AlreadyRunning(StackError):
    """Another stack holds the lock on this home."""


class ChildFailed(StackError):
    """A process of the stack did not start, or stopped by itself."""
