"""The object store in a folder, and in a bucket of a stand-in for S3 that runs in a thread of this process."""

from __future__ import annotations

import itertools
import os
from collections.abc import Generator
from pathlib import Path

import pytest

from complaints.objects.store import Objects

_nth = itertools.count(1)


@pytest.fixture(scope="session")
def s3() -> Generator[str]:
    """The address of the stand-in for S3."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    if request.param == "folder":
        return Objects.in_folder(tmp_path / "objects")
    return in_bucket(request.getfixturevalue("s3"))


def in_bucket(address: str, *, there: bool = True) -> Objects:
    """A new bucket; `there` is False: one that does not exist."""
    import urllib.request

    name = f"papers-{os.getpid()}-{next(_nth)}"
    if there:
        made = urllib.request.Request(f"{address}/{name}", method="PUT", headers={"Host": "s3.amazonaws.com"})
        made.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request")
        urllib.request.urlopen(made, timeout=10).close()
    said = {"endpoint": address, "region": "us-east-1", "key": "key", "secret": "secret"}
    return Objects.in_bucket(name, "duly", **said)
