"""HAProxy by its runtime socket: who has how much of the traffic, and what became of it."""

from __future__ import annotations

import csv
import io
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ANSWER_SECONDS_MAX: Final = 5.0
ANSWER_BYTES_MAX: Final = 1_000_000
BACKENDS: Final = ("api", "sockets")
COLOURS: Final = ("blue", "green")


class ProxyAway(Exception):
    """The proxy cannot be asked; the message is the line for the operator."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Of one version in one backend, since the proxy started."""

    address: str
    weight: int
    is_up: bool
    is_closed: bool
    requests: int
    errors: int
    open: int


class Proxy:
    """`path` is what `stats socket` of the proxy's configuration names."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, command: str) -> str:
        """Raises `ProxyAway`."""
        said = bytearray()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.settimeout(ANSWER_SECONDS_MAX)
                line.connect(str(self._path))
                line.sendall(command.encode() + b"\n")
                while part := line.recv(65536):
                    said += part
                    if len(said) > ANSWER_BYTES_MAX:
                        raise ProxyAway(f"{self._path} talks without end")
        except OSError as failure:
            raise ProxyAway(f"the proxy at {self._path} does not answer: {failure}") from failure
        return said.decode()

    def counts(self) -> dict[tuple[str, str], Counts]:
        """By backend and colour."""
        found: dict[tuple[str, str], Counts] = {}
        for row in csv.DictReader(io.StringIO(self.ask("show stat").removeprefix("# "))):
            key = (row["pxname"], row["svname"])
            if key[0] in BACKENDS and key[1] in COLOURS:
                found[key] = _counts(row)
        wanted = {(backend, colour) for backend in BACKENDS for colour in COLOURS}
        if found.keys() != wanted:
            raise ProxyAway(f"{self._path} is no proxy of deploy/haproxy: {sorted(found)}")
        return found

    def weigh(self, *, colour: str, weight: int) -> None:
        """So many of a hundred newcomers go to it."""
        for backend in BACKENDS:
            self._do(f"set weight {backend}/{colour} {weight}")

    def open(self, colour: str) -> None:
        for backend in BACKENDS:
            self._do(f"set server {backend}/{colour} state ready")

    def close(self, colour: str) -> None:
        """Nothing new goes there, not even who was there before; what is under way goes on."""
        for backend in BACKENDS:
            self._do(f"set server {backend}/{colour} state maint")

    def keep_state(self, path: Path) -> None:
        """So that a proxy that starts anew knows who serves."""
        written = path.with_suffix(".new")
        written.write_text(self.ask("show servers state"))
        written.replace(path)

    def hang_up_sockets(self, colour: str) -> None:
        """Its sockets open elsewhere and ask for what they missed."""
        self._do(f"shutdown sessions server sockets/{colour}")

    def _do(self, command: str) -> None:
        said = self.ask(command).strip()
        if said:
            raise ProxyAway(f"the proxy refused `{command}`: {said}")


def _counts(row: dict[str, str]) -> Counts:
    def number(name: str) -> int:
        return int(row[name] or 0)

    # An answer that was asked for again elsewhere is an error of who did not give it.
    errors = number("hrsp_5xx") + number("wretr") + number("econ") + number("eresp")
    return Counts(
        address=row["addr"],
        weight=number("weight"),
        is_up=row["status"].startswith(("UP", "DRAIN", "NOLB", "no check")),
        is_closed=row["status"].startswith("MAINT"),
        requests=max(number("req_tot"), number("stot"), errors),
        errors=errors,
        open=number("scur"),
    )
