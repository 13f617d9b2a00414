"""What Python and the web app must know alike: currencies and time zones."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from arenapulse.core.currencies import MINOR_UNITS, typescript, typescript_codes
from arenapulse.core.timezones import TIMEZONES

WEB = Path(__file__).parents[2] / "web/src"
# Prints those that Intl refuses.
_REFUSED = """
for (const name of require("node:fs").readFileSync(0, "utf8").split("\\n")) {
  try { new Intl.DateTimeFormat("en", { timeZone: name }); } catch { console.log(name); }
}
"""


def test_the_web_app_has_the_same_minor_units() -> None:
    table = WEB / "shared/i18n/currencies.gen.ts"
    assert table.read_text() == typescript(), "run `make types` and commit the result"


def test_the_web_app_offers_every_currency() -> None:
    codes = WEB / "features/organizer/currencies.gen.ts"
    assert codes.read_text() == typescript_codes(), "run `make types` and commit the result"


def test_minor_units_are_those_of_iso_4217() -> None:
    # Where CLDR says otherwise, and those that have none or three.
    asked = {code: MINOR_UNITS[code] for code in ("HUF", "IDR", "COP", "KRW", "JPY", "UGX", "BHD")}
    assert asked == {"HUF": 2, "IDR": 2, "COP": 2, "KRW": 0, "JPY": 0, "UGX": 0, "BHD": 3}
    assert len(MINOR_UNITS) == 155
    assert MINOR_UNITS.keys().isdisjoint({"ABC", "ZZZ", "XTS", "XAU", "BGN", "HRK", "DEM"})


def test_every_time_zone_is_one_that_browsers_know() -> None:
    told = subprocess.run(
        [Path(sys.executable).with_name("node"), "-e", _REFUSED],
        check=True,
        capture_output=True,
        input="\n".join(sorted(TIMEZONES)),
        text=True,
        timeout=60,
    )
    assert told.stdout == ""
    assert {"Europe/Berlin", "Asia/Calcutta", "UTC"} <= TIMEZONES
    assert TIMEZONES.isdisjoint({"localtime", "Factory", "posixrules", "+01:00", ""})
