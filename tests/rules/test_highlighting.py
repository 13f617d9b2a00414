"""What is found is marked alike in plain letters, where few words are judged, and in others."""

from __future__ import annotations

import pytest

from arenapulse.search.analysis import forms, terms
from arenapulse.search.folding import words
from arenapulse.search.highlighting import Sought, find, mark
from tests import relevance


def _sought(query: str) -> Sought:
    found = terms(query)
    return Sought(
        frozenset(form for term in found for form in (*term.forms, *term.others)),
        tuple(term.text for term in found if len(term.text) > 1),
    )


def test_every_judged_query_marks_the_same_words_of_every_show_as_a_look_at_each_word() -> None:
    texts = [text for show in relevance.shows() for _, text in show.fields() if text.isascii()]
    assert len(texts) > 200
    marked = 0
    for query in relevance.judged():
        sought = _sought(query)
        for text in texts:
            found = sought.plain_spans(text)
            if found is None:
                continue
            assert found == [(w.start, w.end) for w in words(text) if sought.has(w)], (query, text)
            marked += len(found)
    assert marked > 300


def test_every_word_is_judged_that_has_a_stem_which_is_sought() -> None:
    known = {w.text for show in relevance.shows() for _, text in show.fields() for w in words(text)}
    known |= {"dying", "skies", "only", "early", "ugly", "gently", "hoping", "abilities", "happily"}
    known |= {"nationalization", "presencias", "soluciones", "logias", "feierlichkeiten", "aepfel"}
    assert len(known) > 300
    for word in known:
        if word.isascii():
            for form in forms(word):
                sought = Sought(frozenset({form}), ())
                assert sought.plain_spans(word) in (None, [(0, len(word))]), (word, form)


def test_a_word_of_thousands_of_letters_is_judged_by_its_first() -> None:
    text = "ae" * 2_000 + " Derby " + "derby" * 800
    spans = _sought("derby").plain_spans(text)
    assert spans == [(w.start, w.end) for w in words(text) if _sought("derby").has(w)]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("derby", "The Derby & a DERBY", "The <mark>Derby</mark> &amp; a <mark>DERBY</mark>"),
        ("womens", "The Women's Final", "The <mark>Women&#x27;s</mark> Final"),
        ("kick off", "Kick-off at 8", "<mark>Kick-off</mark> at 8"),
        ("munchner", "Münchner Abend", "<mark>Münchner</mark> Abend"),
        ("snake", "A snake_case", "A <mark>snake_case</mark>"),
        ("match", "Matches", "<mark>Matches</mark>"),
    ],
)
def test_signs_accents_and_phrases_are_seen(query: str, text: str, marked: str | None) -> None:
    # Beside others: what is read as one is found where it stands.
    texts = ["Derby, match and Snake", text, "", "Münchner Derby, womens", text]
    spans = find(texts, sought=_sought(query))
    assert [mark(text, spans=spans[place]) for place in (1, 4)] == [marked, marked]
    assert find([text], sought=_sought(query)) == [spans[1]]
