"""The development stack: a Temporal server, PostgreSQL and the UI; only Python has to be installed first.

from devstack.stack import running

async with running() as stack:
    client = await Client.connect(stack.temporal_address)

`devstack.stack` starts a stack and `worker.namespaces` prepares its server; both load the Temporal SDK. Most commands
only have to find a running stack (`complaints.connection.running_stack`) and do without the SDK.
"""
