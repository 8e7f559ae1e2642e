"""The development stack: a Temporal server, PostgreSQL and the UI, with nothing to install first but Python.

from worker.stack.stack import running

async with running() as stack:
    client = await Client.connect(stack.temporal_address)

Here is what tells where a stack is; what starts one (`devstack.stack`) and prepares its server
(`worker.namespaces`) loads the SDK, which most commands do without.
"""
