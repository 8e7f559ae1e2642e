"""The development stack: a Temporal server, PostgreSQL and the UI, with nothing to install first but Python.

from worker.stack.stack import running

async with running() as stack:
    client = await Client.connect(stack.temporal_address)

Here is what tells where a stack is; what starts one (`worker.stack.stack`) and prepares its server
(`worker.stack.namespaces`) loads the SDK, which most commands do without.
"""

from worker.stack.errors import AlreadyRunning, ChildFailed, ConfigurationError, NothingInstalled, StackError
from worker.stack.leaving import leave
from worker.stack.places import StackInfo, default_home, find_running
from worker.stack.progress import Note, Progress, silent, to_stderr

__all__ = [
    "AlreadyRunning",
    "ChildFailed",
    "ConfigurationError",
    "Note",
    "NothingInstalled",
    "Progress",
    "StackError",
    "StackInfo",
    "default_home",
    "find_running",
    "leave",
    "silent",
    "to_stderr",
]
