"""What is deployed fits the code: manifests, the image, alerts, and the pages of who is woken."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from arenapulse.core.settings import Settings
from arenapulse.entrypoints.production import production_refusals
from arenapulse.migrations.roles import APP
from arenapulse.runtime import telemetry
from arenapulse.runtime.dogstatsd import PROMISED
from arenapulse.search.opensearch_cluster import OpenSearchCluster
from arenapulse.wiring.vendors import make_cluster
from tests.architecture.tree import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = "1.37"
# prometheus_client's, and Prometheus' own.
FOREIGN_METRICS = {"up"}


@cache
def manifests() -> list[dict[str, Any]]:
    """The production overlay as `kubectl apply -k` would send it."""
    kubectl = Path(sys.executable).parent / "kubectl"
    overlay = DEPLOY / "k8s" / "overlays" / "production"
    done = subprocess.run(
        [kubectl, "kustomize", overlay], check=True, capture_output=True, text=True, timeout=60
    )
    return list(yaml.safe_load_all(done.stdout))


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in manifests() if one["kind"] in kinds]


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def known_metrics() -> set[str]:
    names: set[str] = set()
    ours = MetricWrapperBase | telemetry.Answers
    for metric in vars(telemetry).values():
        for family in metric.collect() if isinstance(metric, ours) else ():
            names |= {family.name, f"{family.name}_total", f"{family.name}_bucket"}
    return names


def test_kubernetes_knows_every_field() -> None:
    assert len(manifests()) >= 15
    for one in manifests():
        kubernetes_validate.validate(one, KUBERNETES, strict=True)


def test_a_typing_error_would_be_refused() -> None:
    (deployment, *_) = of_kind("Deployment")
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_pods_are_nobody_and_write_nowhere() -> None:
    for one in of_kind("Deployment", "Job"):
        pod = one["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"], one["metadata"]["name"]
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


# What closing takes after the sockets are sent away, as the setting's own words say.
ENDING_SECONDS = 5
SECRETS = {
    "ARENAPULSE_SECRET": "0123456789abcdef0123456789abcdef",
    "STRIPE_SECRET_KEY": "sk_live_51HyVendorKeyOfTwentyFour9",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_51HyVendorKeyOfTwentyFour9",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdefghijklmn",
    "SENDGRID_API_KEY": "SG.0123456789abcdefghijklmn",
    "SENDGRID_WEBHOOK_KEY": "MFkw",
}


def settings_of(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Settings:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_nobody_is_killed_while_sockets_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    (words,) = (one["data"] for one in of_kind("ConfigMap"))
    drain_seconds = settings_of(monkeypatch, words).drain_seconds
    for one in of_kind("Deployment"):
        pod = one["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        if container["args"] != ["serve", "--role", "realtime"]:
            continue
        ahead = container["lifecycle"]["preStop"]["sleep"]["seconds"]
        least = ahead + drain_seconds + ENDING_SECONDS
        assert pod["terminationGracePeriodSeconds"] >= least
    compose = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
    grace = compose["services"]["api"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) >= drain_seconds + ENDING_SECONDS


def test_production_starts_with_what_pods_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (words,) = (one["data"] for one in of_kind("ConfigMap"))
    assert production_refusals(settings_of(monkeypatch, words | SECRETS)) == []
    # In a container's own folder pictures would be gone with it.
    bare = {name: text for name, text in words.items() if name != "ARENAPULSE_MEDIA_BUCKET"}
    assert len(production_refusals(settings_of(monkeypatch, bare | SECRETS))) == 1


def test_production_starts_with_what_tasks_on_aws_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By their names alone; `make aws` judges the template that comes of it."""
    text = "".join((DEPLOY / "aws" / f"{name}.py").read_text() for name in ("house", "before"))
    known = {str(field.alias) for field in Settings.model_fields.values()}
    named = {word for word in re.findall(r'"([A-Z][A-Z_]+)"', text) if word in known}
    words = {
        "ARENAPULSE_ENV": "production",
        "ARENAPULSE_PUBLIC_URL": "https://arena.test",
        "ARENAPULSE_MAIL_FROM": "tickets@arena.test",
        "ARENAPULSE_TRUSTED_PROXIES": "10.0.0.0/8",
        "ARENAPULSE_MEDIA_BUCKET": "pictures",
        "ARENAPULSE_BACKUPS": "elsewhere",
        "ARENAPULSE_SEARCH_URL": "opensearch+https://somebody:secret@search.example:443",
    }
    secret = SECRETS["ARENAPULSE_SECRET"]
    told = {name: words.get(name, secret) for name in named}
    settings = settings_of(monkeypatch, told | {"ARENAPULSE_ENV": "production"})
    assert production_refusals(settings) == []
    assert settings.metrics_token == secret


def test_pictures_of_the_house_on_one_machine_lie_in_a_volume() -> None:
    compose = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
    for name in ("api", "worker"):
        service = compose["services"][name]
        folder = service["environment"]["ARENAPULSE_MEDIA_FOLDER"]
        assert f"pictures:{folder}" in service["volumes"]
        assert folder in (DEPLOY / "docker" / "build.sh").read_text()
    assert "pictures" in compose["volumes"]


def test_the_house_on_one_machine_serves_as_a_role_that_owns_nothing() -> None:
    services = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())["services"]
    as_whom = {
        name: services[name]["environment"]["DATABASE_URL"].split(":")[1].strip("/")
        for name in ("migrate", "api", "worker")
    }
    assert as_whom == {"migrate": "arenapulse", "api": APP, "worker": APP}
    assert services["migrate"]["environment"]["ARENAPULSE_APP_PASSWORD"]


async def test_the_cluster_of_the_house_on_one_machine_is_asked_as_its_file_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (DEPLOY / "docker" / "compose.yaml").read_text()
    (said,) = re.findall(r"ARENAPULSE_SEARCH_URL=(\S+)", text)
    cluster = make_cluster(settings_of(monkeypatch, {"ARENAPULSE_SEARCH_URL": said}))
    assert isinstance(cluster, OpenSearchCluster)
    await cluster.close()
    service = yaml.safe_load(text)["services"]["opensearch"]
    assert urlsplit(said.partition("+")[2]).hostname == "opensearch"
    assert service["profiles"] == ["search"]
    # It speaks no TLS and asks for no password there: nobody but the house reaches it.
    assert "ports" not in service


def test_whoever_hangs_is_replaced() -> None:
    for one in of_kind("Deployment"):
        (container,) = one["spec"]["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"


def test_the_doors_let_out_what_documents_recommend() -> None:
    (policy,) = of_kind("NetworkPolicy")
    out = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert {443, 465, 587, 5432, 6379, 9200, 4318, 8125} <= out


def test_what_scales_may_lose_a_pod_and_has_a_disruption_budget() -> None:
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("HorizontalPodAutoscaler")}
    names = {one["metadata"]["name"] for one in of_kind("Deployment")}
    assert scaled == names
    assert {one["metadata"]["name"] for one in of_kind("PodDisruptionBudget")} == names
    for one in of_kind("HorizontalPodAutoscaler"):
        assert one["spec"]["minReplicas"] >= 2


def test_it_scales_by_metrics_that_the_code_and_the_adapter_have() -> None:
    adapter = (DEPLOY / "monitoring" / "adapter.yaml").read_text()
    external = {rule["name"]["as"] for rule in yaml.safe_load(adapter)["rules"]["external"]}
    for one in of_kind("HorizontalPodAutoscaler"):
        for metric in one["spec"]["metrics"]:
            if metric["type"] == "External":
                name = metric["external"]["metric"]["name"]
                assert name in known_metrics() & external
            if metric["type"] != "Pods":
                continue
            name = metric["pods"]["metric"]["name"]
            # What each pod tells of all of them would grow with their number.
            assert "due" not in name
            if name == "arenapulse_request_seconds_p95":
                assert f"as: {name}" in adapter
            else:
                assert name in known_metrics()
                assert name.removeprefix("arenapulse_") in adapter


def test_pods_start_with_words_that_the_command_line_knows() -> None:
    for one in of_kind("Deployment", "Job"):
        (container,) = one["spec"]["template"]["spec"]["containers"]
        words = [sys.executable, "-m", "arenapulse", *container["args"], "--help"]
        done = subprocess.run(words, check=False, capture_output=True, timeout=60)
        assert done.returncode == 0, container["args"]


def test_settings_are_read_by_somebody() -> None:
    known = {field.alias for field in Settings.model_fields.values()}
    texts = [
        path.read_text() for path in DEPLOY.rglob("*.*") if path.suffix != ".pyc" and path.is_file()
    ]
    named = {word for text in texts for word in re.findall(r"\b(ARENAPULSE_[A-Z_]+)\b", text)}
    assert named
    assert named <= known, named - known


def test_alerts_ask_for_metrics_that_exist() -> None:
    recorded = {rule["record"] for rule in alerts() if "record" in rule}
    for rule in alerts():
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)|\"[^\"]*\"", "", rule["expr"])
        for name in re.findall(r"\b(?:arenapulse[a-z0-9_:]+|up)\b", bare):
            assert name in known_metrics() | recorded | FOREIGN_METRICS, name


def test_whoever_is_woken_has_a_page_and_each_alert_was_seen_to_fire() -> None:
    fired = (DEPLOY / "monitoring" / "alerts_test.yaml").read_text()
    index = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    for rule in alerts():
        if "alert" not in rule:
            continue
        page = ROOT / rule["annotations"]["runbook"]
        assert page.is_file(), rule["alert"]
        for heading in ("**Means.**", "**Look.**", "**Do.**", "**Over**"):
            assert heading in page.read_text(), page.name
        assert rule["alert"] in index
        assert f"alertname: {rule['alert']}\n        exp_alerts: [{{" in fired, rule["alert"]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="Debian's prometheus is not installed")
def test_each_alert_fires_when_it_should() -> None:
    tests = DEPLOY / "monitoring" / "alerts_test.yaml"
    done = subprocess.run(
        ["promtool", "test", "rules", tests],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_finds_nothing_in_the_image() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, DEPLOY / "docker" / "Dockerfile"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.asvs("V13.4.1")
def test_the_image_runs_as_nobody_with_the_steps_that_a_script_has() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    assert "USER 10001:10001" in text
    steps = (DEPLOY / "docker" / "build.sh").read_text()
    for step in re.findall(r"build\.sh (\w+)", text):
        assert f"  {step})" in steps, step


def test_boards_and_monitors_show_what_there_is() -> None:
    board = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = set(re.findall(r"\barenapulse_[a-z_]+", " ".join(asked)))
    histograms = {f"{name}{end}" for name in known_metrics() for end in ("_sum", "_count")}
    assert len(named) >= 10
    assert named <= known_metrics() | histograms
    # Every worker tells the same backlog: a sum would grow with their number.
    assert not any(re.search(r"sum\(arenapulse_due_(rows|stuck)\b", expr) for expr in asked)
    monitors, goals, shown = (
        json.loads((DEPLOY / "monitoring" / f"{name}.json").read_text())
        for name in ("datadog", "datadog_slo", "datadog_board")
    )
    told = {name.replace("_", ".", 1) for name in known_metrics() | histograms}
    alerting = {rule["alert"] for rule in alerts() if "alert" in rule}
    # A process that tells nothing is what Datadog's own agent sees.
    assert {monitor["name"] for monitor in monitors} == alerting - {"ServerIsGone"}
    for monitor in monitors:
        for bucket in re.findall(r"arenapulse\.(\w+_bucket){le:([\d.]+)}", monitor["query"]):
            assert (f"arenapulse_{bucket[0]}", bucket[1]) == PROMISED
        assert set(re.findall(r"\barenapulse\.[a-z_]+", monitor["query"])) <= told, monitor["name"]
        assert monitor["name"] in alerting
        page = re.search(r"docs/runbooks/\w+\.md", monitor["message"])
        assert page is not None
        assert (ROOT / page[0]).is_file()
        critical = monitor["options"]["thresholds"]["critical"]
        assert monitor["query"].endswith((f"> {critical}", f"< {critical}"))
    queries = [q for goal in goals for q in goal["query"].values()]
    queries += [each["definition"]["requests"][0]["q"] for each in shown["widgets"]]
    assert len(queries) >= len(board["panels"])
    for query in queries:
        assert set(re.findall(r"\barenapulse\.[a-z_]+", query)) <= told, query
    # Each burn is of a goal, and by two windows.
    burns = {m["name"]: m["query"] for m in monitors if m["type"] == "slo alert"}
    assert burns.keys() == {"ErrorBudgetBurnsFast", "ErrorBudgetBurnsSlowly"}
    for query in burns.values():
        (of,) = re.findall(r'burn_rate\("(\w+)"\)', query)
        assert of in {goal["name"] for goal in goals}
        assert ".long_window(" in query
        assert ".short_window(" in query
    # Whoever is gone says nothing.
    silent = {m["name"] for m in monitors if m["options"].get("notify_no_data")}
    assert silent == {"ServersAreGone", "WorkersAreGone"}


def test_the_drill_fills_every_word_of_the_configuration_of_backups() -> None:
    text = (DEPLOY / "backup" / "barman.conf").read_text()
    drill = (ROOT / "bench" / "restore.py").read_text()
    words = set(re.findall(r"\{(\w+)\}", text))
    assert words >= {"conninfo", "key", "passphrase"}
    assert {word for word in words if f'"{word}": ' not in drill} == set()
    assert "encryption = gpg" in text


def test_the_proxy_asks_twice_only_what_is_harmless_twice() -> None:
    text = (DEPLOY / "haproxy" / "haproxy.cfg").read_text()
    (line,) = [line for line in text.splitlines() if "disable-l7-retry" in line]
    assert "unless { method GET HEAD } or { req.hdr(idempotency-key) -m found }" in line
