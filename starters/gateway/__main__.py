"""`python -m starters.gateway`: run the gateway until a signal, or the end of its parent."""

from __future__ import annotations

import argparse

from complaints.base.error_text import described
from complaints.base.faults import RecordsRefused
from complaints.connection.leaving import leave
from complaints.connection.settings import Settings, Unsettled
from starters.gateway.serving import serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m starters.gateway", description=__doc__)
    parser.add_argument("--with-parent", action="store_true", help="end when stdin closes")
    asked = parser.parse_args()
    lang = "zh"
    try:
        settings = Settings.from_env().located()
        lang = settings.lang
        serve(settings, with_parent=asked.with_parent)
    except Unsettled as unsettled:
        leave(unsettled.words(lang))
    except RecordsRefused as refused:
        leave(described(refused))
    leave()


if __name__ == "__main__":
    main()
