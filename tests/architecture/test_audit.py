"""The short form of `make audit` where it reads the code: our own rules, and secrets in files.

The rules are those of `tools/audit/semgrep.yaml`. semgrep itself is 200 MB; the few forms that they
use of its language are read here, and a rule in a form that is not is told.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from tests.architecture.tree import ROOT, modules, tracked_files

AUDIT = ROOT / "tools" / "audit"
RULES: list[dict[str, Any]] = yaml.safe_load((AUDIT / "semgrep.yaml").read_text())["rules"]
EXPLAINED = [
    each["finding"] for each in tomllib.loads((AUDIT / "explained.toml").read_text())["explained"]
]
INSIDE = "def $F(..., $ARG, ...):\n    ..."
OF_FUNCTION = "__ARG"
# What has the form of a vendor's key, as detect-secrets knows it; it has more, and takes a minute.
FORMS = {
    "AWS_Access_Key": r"(?<![A-Z0-9])(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "Stripe_Access_Key": r"[rs]k_live_[0-9a-zA-Z]{24}",
    "Private_Key": r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/]{16}",
    "GitHub_Token": r"(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9_]{36}",
    "GitLab_Token": r"glpat-[A-Za-z0-9_-]{20}",
    "SendGrid_API_Key": r"SG\.[a-zA-Z0-9_-]{22}\.[a-zA-Z0-9_-]{43}",
    "Slack_Token": r"xox[abposr]-[0-9]{6,}-[0-9A-Za-z-]{10,}",
    "npm_Token": r"npm_[A-Za-z0-9]{36}",
    "OpenAI_Token": r"sk-[A-Za-z0-9-_]*[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}",
    "Square_Secret": r"sq0csp-[0-9A-Za-z_-]{43}",
    "PyPI_Token": r"pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{70,}",
    "Google_API_Key": r"(?<![A-Za-z0-9])AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])",
}
# One of these is in each of them: most files are done with at once.
WORDS = (
    *("A3T", "ABIA", "ACCA", "AKIA", "ASIA", "k_live_", "PRIVATE KEY", "ghp_", "gho_", "ghu_"),
    *("ghs_", "ghr_", "glpat-", "SG.", "xox", "npm_", "T3BlbkFJ", "sq0csp-", "pypi-", "AIza"),
)
SECRET = re.compile("|".join(f"(?P<{name}>{form})" for name, form in FORMS.items()))
UNREAD = {".lock", ".png", ".jpg", ".webp", ".bin", ".gz", ".woff2", ".ico", ".pdf", ".map"}
Bound = dict[str, str]


def _open(findings: Iterable[str]) -> list[str]:
    """Those that nothing explains."""
    return sorted(
        {each for each in findings if not any(re.fullmatch(known, each) for known in EXPLAINED)}
    )


def _patterns(rule: Mapping[str, Any]) -> list[str]:
    """Its forms; those inside a function speak of its arguments as `$ARG`."""
    if "patterns" in rule:
        inside, either = rule["patterns"]
        assert inside["pattern-inside"].strip() == INSIDE
        return _patterns(either)
    if "pattern-either" in rule:
        return [each["pattern"] for each in rule["pattern-either"]]
    return [rule["pattern"]]


def _parsed(pattern: str) -> ast.AST:
    """`$X` is a name that anything may have. A call may always be given more."""
    words = re.sub(r"\$([A-Z]+)", r"__\1", pattern)
    words = re.sub(r"\.\.\., |, \.\.\.", "", words).replace("(...)", "()")
    (statement,) = ast.parse(textwrap.dedent(words)).body
    assert isinstance(statement, ast.Expr), pattern
    return statement.value


def _fits(pattern: object, node: object, bound: Bound) -> bool:
    match pattern, node:
        case ast.Name(id=name), ast.AST() if name.startswith("__"):
            return bound.setdefault(name, ast.dump(node)) == ast.dump(node)
        case ast.JoinedStr(values=wanted), ast.JoinedStr(values=found):
            (inner,) = (each for each in wanted if isinstance(each, ast.FormattedValue))
            return any(
                isinstance(each, ast.FormattedValue) and _fits(inner.value, each.value, bound)
                for each in found
            )
        case ast.Call(), ast.Call():
            return _call_fits(pattern, node, bound)
        case ast.Attribute(attr=wanted), ast.Attribute(attr=found):
            named = wanted.startswith("__") or wanted == found
            return named and _fits(pattern.value, node.value, bound)
        case ast.AST(), ast.AST():
            return type(pattern) is type(node) and all(
                _fits(value, getattr(node, name), bound)
                for name, value in ast.iter_fields(pattern)
                if name != "ctx"
            )
        case list(), list():
            return len(pattern) == len(node) and all(
                _fits(one, other, bound) for one, other in zip(pattern, node, strict=True)
            )
    return pattern == node


def _call_fits(pattern: ast.Call, node: ast.Call, bound: Bound) -> bool:
    given = {each.arg: each.value for each in node.keywords}
    return (
        _fits(pattern.func, node.func, bound)
        and len(pattern.args) <= len(node.args)
        and all(
            _fits(wanted, found, bound)
            for wanted, found in zip(pattern.args, node.args, strict=False)
        )
        and all(
            each.arg in given and _fits(each.value, given[each.arg], bound)
            for each in pattern.keywords
        )
    )


@dataclass(frozen=True)
class Judge:
    """One rule, with its forms parsed; in a text without their words there is nothing to find."""

    rule: Mapping[str, Any]
    forms: tuple[ast.AST, ...]

    @classmethod
    def of(cls, rule: Mapping[str, Any], text: str) -> Judge:
        forms = [
            _parsed(each)
            for each in _patterns(rule)
            if all(word in text for word in re.findall(r"\b[a-z_]{4,}\b", each))
        ]
        return cls(rule, tuple(forms))

    def is_broken(self, node: ast.AST, arguments: frozenset[str]) -> bool:
        """At this node, in a function of these arguments."""
        for form in self.forms:
            bound: Bound = {}
            if _fits(form, node, bound) and bound.get(OF_FUNCTION, "") in {"", *arguments}:
                return True
        return False


def _looked_at(tree: ast.AST) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """What any form may be, with the arguments of the functions around it."""
    left: list[tuple[ast.AST, frozenset[str]]] = [(tree, frozenset())]
    while left:
        node, arguments = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            arguments |= {ast.dump(ast.Name(each.arg, ast.Load())) for each in given}
        if isinstance(node, ast.Call | ast.Compare):
            yield node, arguments
        left += [(child, arguments) for child in ast.iter_child_nodes(node)]


def _broken(rule: Mapping[str, Any]) -> Iterator[str]:
    left_out = rule.get("paths", {}).get("exclude", ())
    for module in modules():
        path = f"src/arenapulse/{module.name}"
        judge = Judge.of(rule, module.text)
        if not judge.forms or any(fnmatch(path, each) for each in left_out):
            continue
        if any(judge.is_broken(*each) for each in _looked_at(module.tree)):
            yield f"semgrep {rule['id']} {path}"


OF_PYTHON = [rule for rule in RULES if rule["languages"] == ["python"]]


@pytest.mark.parametrize("rule", OF_PYTHON, ids=[rule["id"] for rule in OF_PYTHON])
def test_our_own_rules_are_kept(rule: dict[str, Any]) -> None:
    assert _open(_broken(rule)) == []


BROKEN = {
    "sql-from-an-argument": 'async def f(c, name):\n    await c.fetch(f"SELECT {name}", 1)',
    "the-service-acts": "database.transaction(actor=SERVICE)",
    "a-redirect-is-followed": "httpx.get(url, timeout=1, follow_redirects=True)",
    "a-certificate-is-not-checked": "ssl._create_unverified_context(purpose)",
    "a-secret-is-compared-in-time-that-tells": "ok = hashlib.sha256(x).hexdigest() == given",
}
KEPT = {
    "sql-from-an-argument": 'async def f(c, name):\n    await c.fetch(f"SELECT {_NAME}", name)',
    "the-service-acts": "database.transaction(actor=person)",
    "a-redirect-is-followed": "httpx.get(url, follow_redirects=False)",
    "a-certificate-is-not-checked": "httpx.get(url, verify=context)",
    "a-secret-is-compared-in-time-that-tells": "ok = hmac.compare_digest(x.hexdigest(), given)",
}


@pytest.mark.parametrize("rule", OF_PYTHON, ids=[rule["id"] for rule in OF_PYTHON])
def test_each_rule_finds_what_breaks_it_and_nothing_else(rule: dict[str, Any]) -> None:
    for text, is_broken in ((BROKEN[rule["id"]], True), (KEPT[rule["id"]], False)):
        judge = Judge.of(rule, text)
        places = _looked_at(ast.parse(text))
        assert any(judge.is_broken(*each) for each in places) is is_broken, text


def test_every_page_of_the_web_draws_text_as_text() -> None:
    (rule,) = (each for each in RULES if each["id"] == "html-from-a-string")
    words = ("innerHTML", "outerHTML", "document.write", "dangerouslySetInnerHTML")
    assert all(any(word in each for word in words) for each in _patterns(rule))
    written = re.compile(
        r"\.(inner|outer)HTML\s*\+?=[^=]|document\.write\(|dangerouslySetInnerHTML"
    )
    pages = [each for each in tracked_files() if each.suffix in {".ts", ".tsx"}]
    assert len(pages) > 100
    found = (
        f"semgrep {rule['id']} {path.relative_to(ROOT).as_posix()}"
        for path in pages
        if path.is_relative_to(ROOT / "web" / "src") and written.search(path.read_text())
    )
    assert _open(found) == []


def _secrets() -> Iterator[str]:
    for path in tracked_files():
        if path.suffix in UNREAD:
            continue
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(errors="replace")
        if not any(word in text for word in WORDS):
            continue
        for match in SECRET.finditer(text):
            yield f"secret {str(match.lastgroup).replace('_', ' ')} {name}"


@pytest.mark.asvs("V13.3.1")
def test_no_file_has_a_secret_in_it() -> None:
    assert _open(_secrets()) == []
