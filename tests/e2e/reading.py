"""What a camera makes of a screen: the code in a picture, by the reader that the scanner ships."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from playwright.async_api import Locator

from tests.e2e.stack import WEB

SECONDS_MAX: Final = 60
_NODE: Final = Path(sys.executable).with_name("node")
_READ: Final = """
import { readFile } from "node:fs/promises";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
const path = new URL(import.meta.resolve("zxing-wasm/reader/zxing_reader.wasm"));
prepareZXingModule({ overrides: { wasmBinary: (await readFile(path)).buffer } });
const parts = [];
for await (const part of process.stdin) parts.push(part);
const found = await readBarcodes(new Blob(parts), { formats: ["QRCode"] });
process.stdout.write(found[0]?.text ?? "");
"""


async def code_on(screen: Locator) -> str:
    """The text of the QR code that is shown there."""
    # Above what lies over the foot of the page.
    await screen.evaluate("it => it.scrollIntoView({block: 'center'})")
    picture = await screen.screenshot()
    reader = await asyncio.create_subprocess_exec(
        *(str(_NODE), "--input-type=module", "-e", _READ),
        cwd=WEB,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    text, _ = await asyncio.wait_for(reader.communicate(picture), SECONDS_MAX)
    assert reader.returncode == 0
    assert text, "no code can be read there"
    return text.decode()
