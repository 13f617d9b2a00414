"""Holds engines until its standard input ends: the process that the tests stop and kill."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from arenapulse.core.settings import Settings
from arenapulse.runtime.engines import Engines
from arenapulse.runtime.engines.folder import claimed


def main() -> None:
    settings = Settings().model_copy(
        update={"data_folder": Path(sys.argv[1]), "database_url": None, "redis_url": None}
    )
    with (
        claimed(settings.data_folder) as folder,
        Engines(settings, folder=folder) as engines,
    ):
        urls = engines.urls
        print(json.dumps([urls.database_url, urls.redis_url, engines.pids()]), flush=True)
        sys.stdin.read()


main()
