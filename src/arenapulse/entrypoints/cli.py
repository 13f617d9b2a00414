"""The command line: which word starts what. Each command's module loads when it is chosen."""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from arenapulse.core.settings import Settings

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
ROW_WORDS = 2


def _module(name: str) -> Any:
    """Loaded without the collector of garbage: nothing then is any, and to look costs a third."""
    gc.disable()
    try:
        return importlib.import_module(f"arenapulse.{name}")
    finally:
        gc.freeze()
        gc.enable()


def _settings() -> Settings:
    """Read the environment; end with a line for each variable that is wrong."""
    pydantic = importlib.import_module("pydantic")
    try:
        settings = _module("core.settings").Settings()
    except pydantic.ValidationError as failure:
        for error in failure.errors():
            say(f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}")
        raise SystemExit(EXIT_REFUSED) from failure
    return _with_secrets(settings)


def _with_secrets(settings: Settings) -> Settings:
    """What a file or a key service keeps is fetched before anything else is done."""
    vaults = _module("runtime.vault")
    given = (settings.secret, *settings.former_secret_list)
    if not any(vaults.is_reference(secret) for secret in given):
        return settings
    try:
        return settings.with_secrets(lambda secret: vaults.resolved(secret, vault=_vault))
    except vaults.VaultRefuses as refusal:
        say(f"ARENAPULSE_SECRET: {refusal}")
        raise SystemExit(EXIT_REFUSED) from refusal


def _vault() -> object:
    """Loaded where a secret is wrapped alone: the SDK is large."""
    return _module("runtime.aws_kms").AwsKms()


def say(line: str) -> None:
    """A line for the operator, beside the program's output."""
    print(f"arenapulse: {line}", file=sys.stderr, flush=True)


def _finish(result: object) -> int:
    """Exit code of what a command returned: a number, nothing, or a coroutine to run."""
    if asyncio.iscoroutine(result):
        coroutine: Coroutine[Any, Any, object] = result
        result = asyncio.run(coroutine)
    return result if isinstance(result, int) else 0


def _checked(*, needs_engines: bool = True) -> Settings:
    settings = _settings()
    refusals: list[str] = _module("entrypoints.production").production_refusals(settings)
    if needs_engines:
        given = {"DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}
        refusals += [
            f"{name} is not set: set it, or start everything by `arenapulse up`"
            for name, url in given.items()
            if url is None
        ]
    for refusal in refusals:
        say(refusal)
    if refusals:
        raise SystemExit(EXIT_REFUSED)
    return settings


def _up(given: argparse.Namespace) -> object:
    settings = _checked(needs_engines=False)
    return _module("entrypoints.up").up(settings, count=_count(given.processes))


def _serve(given: argparse.Namespace) -> object:
    # Refused before the application is loaded, which takes longer than reading the settings.
    settings = _checked()
    if (settings.tls_certificate is None) is not (settings.tls_key is None):
        say("ARENAPULSE_TLS_CERTIFICATE and ARENAPULSE_TLS_KEY go together: set both or none")
        return EXIT_REFUSED
    if given.processes is not None and settings.tls_certificate is not None:
        # They hand connections to each other, which no process can with a half-read TLS stream.
        say("--processes does not go with ARENAPULSE_TLS_CERTIFICATE: let a proxy speak TLS")
        return EXIT_REFUSED
    if given.processes is not None:
        count = _count(given.processes)
        return _module("entrypoints.crew").serve_by_many(settings, count=count, role=given.role)
    return _module("entrypoints.server").serve(settings, given.role, station=given.station)


def _count(processes: str) -> int:
    try:
        return _module("entrypoints.crew").count_of(processes)
    except ValueError:
        say(f"--processes {processes}: give a number of 1 to 32, or auto")
        raise SystemExit(EXIT_USAGE) from None


def _worker(_: argparse.Namespace) -> object:
    settings = _checked()
    return _module("entrypoints.worker").run_worker(settings)


def _migrate(_: argparse.Namespace) -> object:
    settings = _settings()
    if settings.database_url is None:
        say("DATABASE_URL is not set: set it, or start everything by `arenapulse up`")
        return EXIT_REFUSED
    return _module("migrations.run").migrate(
        settings.database_url, app_password=settings.app_password
    )


def _analytics(_: argparse.Namespace) -> object:
    settings = _settings()
    if settings.database_url is None:
        say("DATABASE_URL is not set: name the database that is to be lifted")
        return EXIT_REFUSED
    return _module("entrypoints.lifting").lift(settings.database_url, say=say)


def _seed(_: argparse.Namespace) -> object:
    settings = _checked()
    if settings.is_production:
        say("demo data is refused in production")
        return EXIT_REFUSED
    return _module("entrypoints.seed").seed(settings)


def _doctor(given: argparse.Namespace) -> object:
    settings = _settings()
    return _module("entrypoints.doctor").doctor(settings, deep=given.deep)


def _due(given: argparse.Namespace) -> object:
    words = () if given.deed is None else (given.deed, *given.row)
    if given.deed is not None and len(given.row) != ROW_WORDS:
        say(f"name the kind and the row: arenapulse due {given.deed} payments.charge_due ROW")
        return EXIT_REFUSED
    return _module("entrypoints.due").due(_settings(), words=words)


def _audit(given: argparse.Namespace) -> object:
    return _module("entrypoints.audit").verify(_settings(), known_head=given.head)


def _keys(given: argparse.Namespace) -> object:
    if given.deed == "wrap":
        if given.key is None:
            say("name the key of the key service: arenapulse keys wrap --key alias/arenapulse")
            return EXIT_REFUSED
        return _module("entrypoints.keys").wrap(_vault, key_id=given.key, say=say)
    return _module("entrypoints.keys").rotate(_checked())


def _crowd(given: argparse.Namespace) -> object:
    return _module("entrypoints.crowd").main(given.rest, port=_settings().port)


def _chart(given: argparse.Namespace) -> object:
    return _module("entrypoints.charts.command").main(given.rest, settings=_checked)


def _queue(given: argparse.Namespace) -> object:
    return _module("entrypoints.draw_check").main(given.rest)


def _release(given: argparse.Namespace) -> object:
    token = _settings().metrics_token
    return _module("entrypoints.release.command").main(given.rest, token=token)


def _openapi(_: argparse.Namespace) -> object:
    return _module("entrypoints.openapi").main()


COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], object], str]] = {
    "up": (_up, "start everything: engines, migrations, demo data, server and worker"),
    "serve": (_serve, "serve HTTP and Socket.IO on the engines you give"),
    "worker": (_worker, "run the background jobs on the engines you give"),
    "migrate": (_migrate, "bring the database to the version of this code"),
    "analytics": (
        _analytics,
        "`analytics lift`: what pages told, onto TimescaleDB where PostgreSQL offers it",
    ),
    "seed": (_seed, "fill an empty database with demo venues, events and accounts"),
    "doctor": (_doctor, "say what is wrong with this machine, a line each, with the mend"),
    "due": (
        _due,
        "what waits for workers and for you; `due retry KIND ROW`, `due dismiss KIND ROW`",
    ),
    "audit": (_audit, "`audit verify`: whether the audit log is as it was written"),
    "keys": (
        _keys,
        "`keys rotate`: seal anew what former secrets sealed; `keys wrap`: a secret for AWS KMS",
    ),
    "crowd": (_crowd, "simulated fans; `arenapulse crowd --help` says how many and how fast"),
    "chart": (_chart, "generate, check, import and export charts of venues"),
    "queue": (_queue, "compute the draw of a waiting room again; `arenapulse queue --help`"),
    "release": (_release, "move traffic to another version by steps, and back if it is worse"),
    "openapi": (_openapi, "print the OpenAPI document"),
}
# These read their own arguments, `--help` included.
OWN_ARGUMENTS = ("chart", "crowd", "queue", "release")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="arenapulse",
        description="Real-time stadium platform. Settings are in the environment.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name in {"up", "serve"}:
            command.add_argument(
                "--processes",
                metavar="N|auto",
                default="auto" if name == "up" else None,
                help="server processes on the one port; auto is one a core, 8 at most",
            )
        if name == "serve":
            command.add_argument("--role", choices=("all", "api", "realtime"), default="all")
            # Where a supervisor put it; not for people.
            command.add_argument("--station", help=argparse.SUPPRESS)
        if name == "doctor":
            command.add_argument("--deep", action="store_true", help="look longer; ask vendors")
        if name == "audit":
            command.add_argument("deed", choices=("verify",))
            command.add_argument("--head", metavar="SEAL", help="a seal that you wrote down before")
        if name == "analytics":
            command.add_argument("deed", choices=("lift",))
        if name == "keys":
            command.add_argument("deed", choices=("rotate", "wrap"))
            command.add_argument("--key", metavar="ID", help="the key of AWS KMS that wraps")
        if name == "due":
            command.add_argument("deed", nargs="?", choices=("retry", "dismiss"))
            command.add_argument("row", nargs="*", metavar="KIND ROW")
    return parser


def run(argv: Sequence[str]) -> int:
    """Run one command; the exit code is 0, 1 after a line that says why, or 2 for bad usage."""
    if argv and argv[0] in OWN_ARGUMENTS:
        given = argparse.Namespace(command=argv[0], rest=list(argv[1:]))
    else:
        given = _parser().parse_args(argv)
    command, _ = COMMANDS[given.command]
    try:
        return _finish(command(given))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except ModuleNotFoundError as failure:
        if failure.name is None or failure.name.startswith("arenapulse"):
            raise
        say(f"the package {failure.name} is not installed: make setup")
        return EXIT_REFUSED
