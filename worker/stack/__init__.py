"""The development stack: a Temporal server, PostgreSQL and the UI, with nothing to install first but Python.

async with running() as stack:
    client = await Client.connect(stack.temporal_address)
"""

from worker.stack import sources
from worker.stack.errors import AlreadyRunning, ChildFailed, ConfigurationError, NothingInstalled, StackError
from worker.stack.leaving import leave
from worker.stack.namespaces import DRILL, NAMESPACES, SEARCH_ATTRIBUTES, register
from worker.stack.places import StackInfo, default_home, find_running
from worker.stack.progress import Note, Progress, silent, to_stderr
from worker.stack.stack import Stack, running

__all__ = [
    "DRILL",
    "NAMESPACES",
    "SEARCH_ATTRIBUTES",
    "AlreadyRunning",
    "ChildFailed",
    "ConfigurationError",
    "Note",
    "NothingInstalled",
    "Progress",
    "Stack",
    "StackError",
    "StackInfo",
    "default_home",
    "find_running",
    "leave",
    "register",
    "running",
    "silent",
    "sources",
    "to_stderr",
]
