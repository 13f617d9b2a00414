"""Money: whole minor units, never floats.

The rounding rule, in one place: a share of money is rounded half up to a minor unit (tax inside);
a discount is rounded down; a sum split over parts uses the largest remainder, ties to the earlier.
"""

from __future__ import annotations

from collections.abc import Sequence

BASIS_POINTS = 10_000
AMOUNT_MINOR_MAX = 1_000_000_000


def tax_inside(gross_minor: int, *, rate_basis_points: int) -> int:
    """The tax that `gross_minor` contains at this rate (2000 = 20 %), rounded half up."""
    assert gross_minor >= 0
    assert rate_basis_points >= 0
    divisor = BASIS_POINTS + rate_basis_points
    return (2 * gross_minor * rate_basis_points + divisor) // (2 * divisor)


def spread(total_minor: int, *, weights: Sequence[int]) -> list[int]:
    """Splits `total_minor` over parts in proportion to `weights` by largest remainder.

    The parts sum to the total exactly; no part exceeds its weight if the total does not
    exceed their sum. Ties go to the earlier part.
    """
    whole = sum(weights)
    assert total_minor >= 0
    if whole == 0:
        assert total_minor == 0
        return [0] * len(weights)
    parts = [total_minor * weight // whole for weight in weights]
    rest = total_minor - sum(parts)
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i)
    )
    for i in by_remainder[:rest]:
        parts[i] += 1
    return parts
