"""The way of a message: up only, whatever is heard first."""

from __future__ import annotations

import itertools

import pytest

from arenapulse.notifications.delivery import RANK, RANKED, SENDGRID, TWILIO, after
from arenapulse.notifications.terms import MessageStatus as Is


@pytest.mark.parametrize(
    ("heard", "ends"),
    [
        (["processed", "delivered", "open"], Is.OPENED),
        (["processed", "bounce"], Is.BOUNCED),
        (["processed", "delivered", "bounce"], Is.BOUNCED),
        (["processed", "delivered", "open", "spamreport"], Is.COMPLAINED),
        (["processed", "dropped", "delivered"], Is.DELIVERED),
        (["dropped"], Is.FAILED),
    ],
)
def test_every_order_of_the_same_news_ends_in_the_same_state(heard: list[str], ends: Is) -> None:
    for order in itertools.permutations(heard):
        assert after([SENDGRID[word] for word in order]) is ends


def test_a_text_that_was_delivered_stays_so_whatever_comes_late() -> None:
    assert after([TWILIO[word] for word in ("delivered", "sent", "queued")]) is Is.DELIVERED


def test_states_are_ranked_and_no_vendors_word_follows_the_last() -> None:
    assert RANKED[:4] == (Is.QUEUED, Is.SENT, Is.FAILED, Is.DELIVERED)
    assert RANKED[-1] is Is.SUPPRESSED
    assert len(set(RANK.values())) == len(Is)


def test_words_that_say_nothing_of_the_way_are_none_of_ours() -> None:
    assert not {"deferred", "unsubscribe", "group_unsubscribe"} & SENDGRID.keys()
    assert "accepted" not in TWILIO
