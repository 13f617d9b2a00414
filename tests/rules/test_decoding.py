"""What is no JSON is told apart from what is JSON of the wrong shape, wherever in it that is."""

from __future__ import annotations

import msgspec
import pytest

from arenapulse.core.errors import Invalid, MalformedBody
from arenapulse.runtime.web.decoding import decode, decoder


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    many: int


DECODER = decoder(Wish)


@pytest.mark.parametrize(
    "body",
    [
        b'{"other":1,}',
        b'{"many":"1"',
        b'{"other":NaN}',
        b"{} and more",
        b'"\xff"',
        b'{"other":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_json_is_malformed_whatever_is_wrong_before(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        decode(body, by=DECODER)


@pytest.mark.parametrize("body", [b'{"other":1}', b'{"many":"1"}', b"{}", b"null", b'"x"'])
def test_json_of_another_shape_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        decode(body, by=DECODER)
