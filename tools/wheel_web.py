"""Puts the built web app into the wheel; an editable install serves it from `web/dist`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebApp(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        built = Path(self.root) / "web" / "dist"
        if not (built / "index.html").is_file():
            raise FileNotFoundError("web/dist is not built: `make wheel` builds it first")
        build_data["force_include"][str(built)] = "arenapulse/web"
