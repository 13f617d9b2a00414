"""The commands: quick help, one line for what is wrong, a supervisor that gives up in time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.crew import PROCESSES_AUTO_MAX, Crew, count_of
from arenapulse.entrypoints.processes import QUICK_DEATHS_MAX, GivenUp, Program
from arenapulse.runtime.telemetry import PROCESS_GIVEN_UP
from arenapulse.runtime.web.crew import PROCESSES_MAX
from arenapulse.runtime.web.roster import Roster, Standing
from tests.engines.conftest import is_running, until, up_environment
from tests.servers import free_port

COMMANDS = (
    "up",
    "serve",
    "worker",
    "migrate",
    "seed",
    "doctor",
    "due",
    "crowd",
    "chart",
    "openapi",
)


def arenapulse(*words: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "arenapulse", *words],
        env=up_environment(data, **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_command_and_loads_nothing_heavy(data: Path) -> None:
    done = arenapulse("--help", data=data)
    assert done.returncode == 0
    assert [word for word in COMMANDS if f"    {word} " not in done.stdout] == []
    code = "import sys, arenapulse.entrypoints.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    heavy = {"sqlalchemy", "fastapi", "uvicorn", "redis", "arenapulse.wiring"}
    assert heavy & set(loaded.stdout.split()) == set()


def test_a_crowd_goes_where_the_same_environment_serves_and_says_when_nobody_is_there(
    data: Path,
) -> None:
    port = free_port()
    done = arenapulse("crowd", "--seconds", "1", data=data, ARENAPULSE_PORT=str(port))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert f"nobody answers at http://127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("words", [("serve",), ("worker",), ("migrate",), ("seed",)])
def test_engines_must_be_given(words: tuple[str, ...], data: Path) -> None:
    done = arenapulse(*words, data=data)
    assert done.returncode == 1
    assert done.stderr.startswith("arenapulse: DATABASE_URL is not set")
    assert not data.exists()


def test_wrong_setting_is_named(data: Path) -> None:
    done = arenapulse("up", data=data, ARENAPULSE_PORT="many")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("arenapulse: ARENAPULSE_PORT: ")


@pytest.mark.parametrize("words", [("serve",), ("worker",), ("up",)])
def test_production_refuses_in_every_role(words: tuple[str, ...], data: Path) -> None:
    done = arenapulse(*words, data=data, ARENAPULSE_ENV="production", ARENAPULSE_SECRET="short")
    assert done.returncode == 1
    assert "ARENAPULSE_SECRET is weak" in done.stderr
    assert not data.exists()


def test_doctor_says_what_is_wrong_with_the_mend(data: Path) -> None:
    data.write_text("a file in the folder's place")
    done = arenapulse(
        "doctor",
        data=data,
        DATABASE_URL="postgresql://a:b@127.0.0.1:1/x",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if line.startswith("✗")]
    assert {line[2:].split(":")[0] for line in wrong} >= {"data folder", "database", "redis"}
    assert all(" → " in line for line in wrong)


def program(data: Path, *words: str) -> Program:
    environment = {"DATABASE_URL": "", "ARENAPULSE_PORT": "many", "ARENAPULSE_DATA": str(data)}
    return Program(name="worker", words=words, environment=environment, stop_seconds=1.0)


def test_program_that_dies_at_once_is_tried_ever_less_often(data: Path) -> None:
    worker = program(data, "worker")
    worker.start()
    news: list[str] = []

    def is_given_up() -> bool:
        said = worker.tend()
        if said:
            news.append(said)
        return worker.is_given_up

    assert until(is_given_up, seconds=60)
    assert len(news) == QUICK_DEATHS_MAX
    assert "starting it again in 0.5 s" in news[0]
    assert f"ended {QUICK_DEATHS_MAX} times" in news[-1]
    assert "exit 1" in news[-1]
    assert "tried again every 60 s" in news[-1]
    assert worker.dies_at_each_start
    # What lives by now is no reason to end, nor is this.
    assert worker.tend() is None


def test_where_no_server_can_be_kept_running_the_crew_ends(data: Path) -> None:
    settings = Settings().model_copy(update={"port": free_port()})
    environment = program(data).environment
    crew = Crew(settings, count=2, environment=environment)
    roster = Roster(crew.programs[0].inherit[-1])
    roster.tell_metrics()
    for each in crew.programs:
        each.start()
    news: list[str] = []

    def is_over() -> bool:
        try:
            news.extend(crew.tend())
        except GivenUp as failure:
            news.append(str(failure))
            return True
        return False

    try:
        assert roster.given_up() == []
        assert until(is_over, seconds=60)
        crew.tell_of_worker(program(data))
        assert roster.given_up() == ["server 1", "server 2"]
        assert roster.standings()["worker"] is Standing.KEPT
        told = generate_latest(PROCESS_GIVEN_UP).decode()
        assert 'arenapulse_process_given_up{program="server 2"} 1.0' in told
    finally:
        PROCESS_GIVEN_UP.clear()
        crew.stop()
    # One of the two was not enough for it.
    assert len([said for said in news if f"ended {QUICK_DEATHS_MAX} times" in said]) >= 2


def test_auto_is_a_process_a_core() -> None:
    assert 1 <= count_of("auto") <= PROCESSES_AUTO_MAX
    assert count_of("3") == 3
    for wrong in ("0", "-1", "two", "", "1.5", str(PROCESSES_MAX + 1)):
        with pytest.raises(ValueError):  # noqa: PT011 - int's own for some
            count_of(wrong)


def test_stopped_program_is_gone(data: Path) -> None:
    # Prints what it is asked for and waits for nobody: the shortest that a signal can still meet.
    worker = program(data, "crowd", "--help")
    worker.start()
    assert worker.child is not None
    worker.stop()
    assert not is_running(worker.child.pid)
