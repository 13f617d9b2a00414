"""What deploy/k8s says, put before a real kube-apiserver, which keeps nothing of it.

    python -m tests.campaign.kubernetes

etcd is Debian's (`etcd-server`), the API server is built by Go from its own module and kept in the
folder of temporary files (minutes, once). No controllers and no pods: the server knows every field
and what must fit together, and keeps nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.servers import free_port

VERSION: Final = "1.37.2"
MODULE: Final = "k8s.io/kubernetes"
OVERLAY: Final = Path(__file__).resolve().parents[2] / "deploy" / "k8s" / "overlays" / "production"
KUBECTL: Final = Path(sys.executable).with_name("kubectl")
BUILD_SECONDS_MAX: Final = 3_600
START_SECONDS_MAX: Final = 120.0
ANSWER_SECONDS_MAX: Final = 60.0

Manifest = dict[str, Any]


def binary() -> str | None:
    """Of the path, or built by Go; None where there is neither."""
    found = os.environ.get("KUBE_APISERVER") or shutil.which("kube-apiserver")
    if found is not None:
        return found
    folder = Path(tempfile.gettempdir()) / f"arenapulse-kubernetes-{VERSION}"
    made = folder / "kube-apiserver"
    if not made.exists() and shutil.which("go") is not None:
        folder.mkdir(exist_ok=True)
        _build(folder, made)
    return str(made) if made.exists() else None


def _build(folder: Path, made: Path) -> None:
    """Its libraries lie beside it in its own repository; as modules they have its minor version."""
    asked = ["go", "mod", "download", "-json", f"{MODULE}@v{VERSION}"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=folder)
    own = Path(json.loads(told.stdout)["GoMod"]).read_text()
    library = "v0." + VERSION.split(".", 1)[1]
    names = re.findall(r"^\s*(?:replace )?(k8s\.io/[\w-]+) => \./staging", own, re.MULTILINE)
    kept = re.findall(r"^(?:go|godebug) .*$", own, re.MULTILINE)
    lines = ["module campaign", *kept, f"require {MODULE} v{VERSION}"]
    lines += [f"replace {name} => {name} {library}" for name in names]
    (folder / "go.mod").write_text("\n".join(lines) + "\n")
    subprocess.run(
        # Quickly built rather than quick.
        [
            "go",
            "build",
            "-mod=mod",
            "-gcflags=all=-N -l",
            "-o",
            made,
            f"{MODULE}/cmd/kube-apiserver",
        ],
        cwd=folder,
        timeout=BUILD_SECONDS_MAX,
        check=True,
    )


@dataclass
class Cluster:
    """An API server that knows one administrator."""

    address: str
    token: str

    def kubectl(self, *words: str, given: Sequence[Manifest] = ()) -> tuple[int, str]:
        done = subprocess.run(
            [
                *(KUBECTL, "--kubeconfig", os.devnull, "--server", self.address),
                *("--insecure-skip-tls-verify", "--token", self.token, *words),
            ],
            input=yaml.safe_dump_all(given),
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS_MAX,
            check=False,
        )
        return done.returncode, (done.stdout + done.stderr).strip()

    def takes(self, *given: Manifest) -> tuple[bool, str]:
        code, said = self.kubectl("apply", "--dry-run=server", "-f", "-", given=given)
        return code == 0, said


@contextlib.contextmanager
def running(program: str, etcd: str) -> Generator[Cluster]:
    with (
        tempfile.TemporaryDirectory(prefix="arenapulse-kubernetes-") as name,
        contextlib.ExitStack() as ends,
    ):
        folder = Path(name)
        store, port, token = free_port(), free_port(), secrets.token_hex(16)
        (folder / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n')
        key = folder / "accounts.key"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        log = ends.enter_context((folder / "log").open("wb"))
        url = f"http://127.0.0.1:{store}"
        commands = (
            (
                *(etcd, "--data-dir", folder / "etcd", "--listen-client-urls", url),
                *("--advertise-client-urls", url),
                *("--listen-peer-urls", f"http://127.0.0.1:{free_port()}"),
            ),
            (
                *(program, f"--etcd-servers={url}", f"--secure-port={port}"),
                *("--bind-address=127.0.0.1", f"--cert-dir={folder / 'certificates'}"),
                *(f"--token-auth-file={folder / 'tokens.csv'}", "--authorization-mode=RBAC"),
                *("--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none"),
                "--service-account-issuer=https://kubernetes.default.svc",
                *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
            ),
        )
        started = [subprocess.Popen(words, stdout=log, stderr=log) for words in commands]
        try:
            cluster = Cluster(f"https://127.0.0.1:{port}", token)
            _await_ready(cluster, started, folder / "log")
            yield cluster
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(30)


def _await_ready(cluster: Cluster, started: list[subprocess.Popen[bytes]], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while cluster.kubectl("get", "--raw", "/readyz")[0] != 0:
        tail = log.read_text(errors="replace")[-4_000:]
        assert not any(process.poll() is not None for process in started), tail
        assert time.monotonic() < deadline, tail
        time.sleep(0.5)


def manifests() -> list[Manifest]:
    words = [KUBECTL, "kustomize", OVERLAY]
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    return list(yaml.safe_load_all(done.stdout))


def wrong(given: list[Manifest]) -> dict[str, Manifest]:
    """What the server must refuse, or its yes means nothing."""
    deployment = next(one for one in given if one["kind"] == "Deployment")
    spec = deployment["spec"]
    return {
        "a field that does not exist": {**deployment, "spec": {**spec, "replica": 3}},
        "a selector that fits no pod": {
            **deployment,
            "spec": {**spec, "selector": {"matchLabels": {"app.kubernetes.io/name": "else"}}},
        },
    }


def judge(cluster: Cluster) -> list[str]:
    given = manifests()
    # Kept, for all others lie in it.
    namespace = [one for one in given if one["kind"] == "Namespace"]
    code, said = cluster.kubectl("apply", "-f", "-", given=namespace)
    assert code == 0, said
    faults = [
        f"it takes {what}" for what, manifest in wrong(given).items() if cluster.takes(manifest)[0]
    ]
    for one in given:
        taken, said = cluster.takes(one)
        name = f"{one['kind']} {one['metadata']['name']}"
        if not taken or "Warning:" in said:
            faults.append(f"{name}: {said}")
    print(f"kube-apiserver {VERSION}: {len(given)} manifests, {len(faults)} refused or warned of")
    return faults


def main() -> int:
    etcd, program = shutil.which("etcd"), binary()
    if etcd is None or program is None:
        missing = (
            "etcd (Debian: etcd-server)" if etcd is None else "kube-apiserver, nor Go to build it"
        )
        print(f"kube-apiserver: there is no {missing}, so nothing was checked")
        return 0
    with running(program, etcd) as cluster:
        faults = judge(cluster)
    for fault in faults:
        print(f"✗ {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
