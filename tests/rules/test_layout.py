"""What is around the words of a mail: filled in, escaped, and nothing of what is not there."""

from __future__ import annotations

from html import escape

import pytest

from arenapulse.notifications import wording
from arenapulse.notifications.layout import Layout
from arenapulse.notifications.samples import sample

LINES = (
    "{% if lines %}<ul>{% for line in lines %}<li>{{ line.name }}, {{ who }}</li>{% endfor %}</ul>"
    "{% endif %}."
)


def test_values_are_filled_in_and_escaped() -> None:
    made = Layout(LINES, escape=escape).render({"who": "<b>", "lines": [{"name": "a&b"}]})
    assert made == "<ul><li>a&amp;b, &lt;b&gt;</li></ul>."


def test_what_is_empty_leaves_no_block() -> None:
    for nothing in ([], None, ""):
        assert Layout(LINES).render({"who": "", "lines": nothing}) == "."


def test_a_name_that_is_not_there_is_no_gap() -> None:
    with pytest.raises(LookupError):
        Layout("{{ who }}").render({})


@pytest.mark.parametrize(
    "source",
    [
        "{% if who %}",
        "{% endif %}",
        "{% if who %}{% endfor %}",
        "{{ who | upcase }}",
        "{% include 'other' %}",
        "{{who}}",
    ],
)
def test_what_is_no_layout_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(AssertionError):
        Layout(source)


def test_a_mail_has_no_empty_tables() -> None:
    """The one about a gate has neither tickets nor sums nor a note."""
    told, bought = (
        wording.mail(name, locale="en", values=sample(name)).html
        for name in ("gate_changed", "receipt")
    )
    assert "Gate C" in told
    assert told.count("<table") < bought.count("<table") - 4
