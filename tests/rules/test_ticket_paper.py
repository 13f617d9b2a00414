"""A ticket on paper: what is drawn says what it is, in the order in which it is read."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import pytest

from arenapulse.tickets.pdf import Paper, Size, render
from tests.papers import words_of

PAPER = Paper(
    language="es",
    title="Rovers – Ödön",
    when="sábado, 5 de diciembre",
    where="Campo, Calle 1",
    lines=(("Sector", "104"), ("Fila", "C"), ("Asiento", "17")),
    code="AP1" + "0" * 149,
    code_words="Código de acceso",
    note="Una persona, una vez.",
    number="Entrada 1",
)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@pytest.mark.parametrize("size", ["a4", "phone"])
def test_every_part_of_a_page_is_tagged_and_read_from_top_to_bottom(size: Size) -> None:
    made = render(PAPER, size=size)
    assert b"/Lang (es)" in made
    assert b"/DisplayDocTitle true" in made
    assert b"/Marked true" in made
    elements = re.findall(rb"/K \[(\d+)\].*?/S /(\w+)", made, re.DOTALL)
    # The title; when and where; three places; the code; what paper is worth; the number.
    roles = [b"H1", *[b"P"] * 5, b"Figure", b"P", b"P"]
    assert [role for _, role in elements] == roles
    assert [int(number) for number, _ in elements] == list(range(len(roles)))
    assert made.count(b"/Alt ") == 1
    (page,) = [each for each in map(_inflated, STREAM.findall(made)) if b" BDC" in each]
    marks = re.findall(rb"/MCID (\d+)>> BDC|\b(EMC)\b|\b(T[jJ]|Do)\b", page)
    open_, drawn = None, set[int]()
    for began, ended, drew in marks:
        if began:
            assert open_ is None
            open_ = int(began)
        elif ended:
            open_ = None
        else:
            assert drew
            assert open_ is not None, "something is drawn that no tag speaks of"
            drawn.add(open_)
    assert drawn == set(range(len(roles)))


def test_names_are_written_as_they_are_whatever_letters_they_have() -> None:
    home, away = (
        "Wis\u0142a \u0141\u00f3d\u017a",
        "\u0391\u0395\u039a, \u0414\u0438\u043d\u0430\u043c\u043e",
    )
    title = f"{home} - {away}"
    lines = (
        ("Name", "\u015ei\u015fli T\u01b0\u1eddng"),
        ("Sector", "\u6771 \u05e6\u05e4\u05d5\u05df"),
    )
    said = words_of(render(replace(PAPER, title=title, lines=lines), size="a4")).replace("\n", "")
    assert title in said
    assert lines[0][1] in said
    # From right to left; and a question mark where there is no letter.
    assert "\u05df\u05d5\u05e4\u05e6" in said
    assert "?" in said


LONGEST = replace(
    PAPER,
    title="Wanderers of the Northern Valley against Rovers " * 4,
    where="Stadium, " + "Avenue of the Republic 1, " * 11,
    lines=(
        *(("Name", "Maximiliana Theodora von Hohenfels-Schwarzenberg"), ("Sector", "104 East")),
        *(("Fila", "C"), ("Asiento", "17"), ("Puerta", "North-east entrance 12")),
    ),
    note="This code is printed: whoever shows it first goes in, so let nobody take a picture. " * 2,
)
SEATED = replace(
    PAPER,
    title="Wanderers of the Northern Valley – Rovers",
    where="Campo Municipal de los Deportes, Avenida de la República 112, 28001 Madrid",
    lines=LONGEST.lines,
)


@pytest.mark.parametrize("size", ["a4", "phone"])
@pytest.mark.parametrize("paper", [PAPER, SEATED, LONGEST], ids=["short", "usual", "longest"])
def test_all_of_it_lies_on_its_page(size: Size, paper: Paper) -> None:
    made = render(paper, size=size)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", made)
    assert len(boxes) == 1, "one page"
    width, height = map(float, boxes[0])
    (page,) = [each for each in map(_inflated, STREAM.findall(made)) if b" BDC" in each]
    number = rb"(-?[\d.]+)"
    picture = re.search(rb" ".join([number, b"0 0", number, number, number]) + rb" cm /I", page)
    assert picture is not None
    wide, high, left, bottom = map(float, picture.groups())
    assert wide == high > 200, "a gate has to read it"
    assert left > 0
    assert left + wide < width
    assert bottom > 0
    assert bottom + high < height
    texts = re.findall(rb"BT " + number + b" " + number + rb" Td", page)
    assert texts
    assert all(10 < float(y) < height for _, y in texts), "nothing is cut"


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""
