"""The embedded Valkey: started, asked until it answers, stopped."""

from __future__ import annotations

import signal
import socket
import subprocess
from pathlib import Path

from arenapulse.runtime.engines.account import Account
from arenapulse.runtime.engines.children import Launch, polls, start, stop
from arenapulse.runtime.engines.cluster import ENVIRONMENT
from arenapulse.runtime.engines.engine_log import last_complaint, opened, tail
from arenapulse.runtime.engines.errors import EngineFailed
from arenapulse.runtime.engines.ports import LOOPBACK
from arenapulse.runtime.engines.postgres import PortTaken
from arenapulse.runtime.engines.programs import Programs

READY_SECONDS_MAX = 20.0
ANSWER_SECONDS_MAX = 2.0
ANSWER_BYTES_MAX = 256
STOP_SECONDS = 0.7
PORT_TAKEN = "Address already in use"


class Valkey:
    """One running server; what it holds is a cache, so it never writes to disk."""

    def __init__(
        self, programs: Programs, *, account: Account, engines: Path, port: int, password: str
    ) -> None:
        self.port = port
        self._password = password
        self._log = engines / "valkey.log"
        config = {
            "bind": LOOPBACK,
            "port": str(port),
            "requirepass": password,
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        launch = Launch(
            program=[str(programs.valkey), "-"],
            account=account,
            folder=engines,
            environment=ENVIRONMENT,
            death_signal=signal.SIGKILL,
        )
        text = "".join(f"{key} {value}\n" for key, value in config.items())
        with opened(self._log) as log:
            self._log_start = log.seek(0, 2)
            # By standard input, since anyone may read the arguments of a process.
            self.child: subprocess.Popen[bytes] = start(launch, output=log, stdin=text.encode())

    def wait_ready(self) -> None:
        """Return when the server answers; raise PortTaken or EngineFailed when it ended instead."""
        for _ in polls(seconds_max=READY_SECONDS_MAX):
            if self.child.poll() is not None:
                said = tail(self._log, start=self._log_start)
                if PORT_TAKEN in said:
                    raise PortTaken
                raise EngineFailed(
                    f"Valkey did not start: {last_complaint(said)} (more in {self._log})"
                )
            if self._answers():
                return
        raise EngineFailed(f"Valkey was not ready in {READY_SECONDS_MAX:.0f} s: {self._log}")

    def _answers(self) -> bool:
        # With the password, so that a stranger on the port is not taken for ours.
        try:
            with socket.create_connection((LOOPBACK, self.port), ANSWER_SECONDS_MAX) as link:
                link.sendall(f"AUTH {self._password}\r\n".encode())
                return link.recv(ANSWER_BYTES_MAX).startswith(b"+OK")
        except OSError:
            return False

    def stop(self) -> None:
        stop(self.child, steps=((signal.SIGTERM, STOP_SECONDS),))
