"""A worker's sender of webhooks as a process of its own, to be killed: database, certificates of an authority."""

import asyncio
import ssl
import sys

from complaints.store.webhooks import Webhooks
from complaints.webhooks.addresses import AllowedHost
from tests.webhooks.office import Clock, Key
from tests.webhooks.receiver import NAME, to
from worker.webhook_http import WebhookHttp
from worker.webhooks import WebhookSender


async def main(url: str, authority: str) -> None:
    trusted = ssl.create_default_context(cafile=authority)
    http = WebhookHttp((AllowedHost(NAME),), lookup=to("127.0.0.1"), trusted=trusted, whole=300)
    await WebhookSender(Webhooks(url), http, Key(), now=Clock(), lease=600).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
