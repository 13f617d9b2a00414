"""The plug-in that sees which lines were reached: what it says of a module, line by line."""

from __future__ import annotations

from tools.probes import NAME, Probed

MODULE = '''\
"""A module."""
from __future__ import annotations
@staticmethod
def judge(number):
    """Of one number."""
    try:
        if number > 3:
            large = True
            return large
        elif number == 3:
            raise ValueError
        for _ in range(number):
            lost = int("x")
            print(lost)
    except ValueError as wrong:
        print(
            wrong)
    except KeyError:
        return None
    match number:
        case 1:
            return 1
        case _:
            pass
'''


def reached(number: int) -> set[int]:
    probed = Probed(MODULE.encode(), "module.py")
    names: dict[str, object] = {NAME: probed.marks}
    exec(probed.code, names)
    judge = names["judge"]
    assert isinstance(judge, staticmethod)
    judge.__func__(number)
    return probed.reached()


def test_what_was_passed_is_reached_and_nothing_else() -> None:
    always = {1, 2, 3, 4, 5, 6, 7}
    assert reached(4) == always | {8, 9}
    assert reached(0) == always | {10, 12, 20, 23, 24}
    assert reached(3) == always | {10, 11, 15, 16, 20, 23, 24}


def test_a_run_that_was_left_half_way_is_not_reached() -> None:
    assert {13, 14}.isdisjoint(reached(1))
    assert {15, 16, 20, 21, 22} <= reached(1)


def test_a_module_keeps_its_words_and_what_it_wants_of_the_future() -> None:
    source = MODULE.encode().splitlines(keepends=True)[:2]
    probed = Probed(b"".join(source), "module.py")
    names: dict[str, object] = {NAME: probed.marks}
    exec(probed.code, names)
    assert names["__doc__"] == "A module."
    assert probed.reached() == {1, 2}
