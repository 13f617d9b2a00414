"""A PostgreSQL that the simulation may kill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.house import Power, own_power


@pytest.fixture(scope="package")
def power() -> Iterator[Power]:
    with own_power() as found:
        yield found
