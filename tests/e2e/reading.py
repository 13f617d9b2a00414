"""Codes as pictures by what the app ships: read by the scanner's reader, drawn by the wallet's."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

from PIL import Image
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


_DRAW: Final = """
import { correction, generate } from "lean-qr";
const code = generate(process.argv[1], { minCorrectionLevel: correction.M });
for (let y = -4; y < code.size + 4; y++) {
  let row = "";
  for (let x = -4; x < code.size + 4; x++) row += code.get(x, y) ? "#" : " ";
  console.log(row);
}
"""


async def _by_node(script: str, *arguments: str, given: bytes = b"") -> bytes:
    made = await asyncio.create_subprocess_exec(
        *(str(_NODE), "--input-type=module", "-e", script, "--", *arguments),
        cwd=WEB,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await asyncio.wait_for(made.communicate(given), SECONDS_MAX)
    assert made.returncode == 0
    return told


async def code_on(screen: Locator) -> str:
    """The text of the QR code that is shown there."""
    # Above what lies over the foot of the page.
    await screen.evaluate("it => it.scrollIntoView({block: 'center'})")
    text = await _by_node(_READ, given=await screen.screenshot())
    assert text, "no code can be read there"
    return text.decode()


async def qr_of(text: str) -> Image.Image:
    """A QR code, a pixel for each of its squares, with its quiet zone."""
    rows = (await _by_node(_DRAW, text)).decode().removesuffix("\n").split("\n")
    squares = bytes(0 if square == "#" else 255 for row in rows for square in row)
    return Image.frombytes("L", (len(rows[0]), len(rows)), squares)
