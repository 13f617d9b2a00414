"""What a page is judged by, whoever looks at it: axe, sideways scrolling, the size of targets."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

from tests.e2e.stack import WEB

AXE: Final = WEB / "node_modules" / "axe-core" / "axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TARGET_PX: Final = 44

_RUN_AXE: Final = """
tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
  .then(told => told.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))
"""

# What sticks out to the right, unless it lies in a strip that scrolls by itself.
_SIDEWAYS: Final = """
() => {
  const width = document.documentElement.clientWidth;
  const held = at => {
    for (let up = at.parentElement; up !== null; up = up.parentElement)
      if (up !== document.body && getComputedStyle(up).overflowX !== 'visible') return true;
    return false;
  };
  const out = [...document.body.querySelectorAll('*')].filter(at => {
    const box = at.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !held(at);
  });
  const scrolls = document.documentElement.scrollWidth > width;
  return [...(scrolls ? [`scrolls to ${document.documentElement.scrollWidth}`] : []),
          ...out.map(at => `${at.tagName} ${at.className.baseVal ?? at.className}`)];
}
"""

# Not judged, with the reason:
#  - a link or button within a sentence: the line's height is the text's (WCAG 2.5.8 excepts it);
#  - a radio inside its label, which is the target;
#  - sections of the map: places in a picture, whose equal is the list;
#  - what is off the screen until it has the focus (the skip link), or under an open menu.
# A control may be drawn smaller than what it takes: the area that answers is what is measured.
_SMALL: Final = """
least => {
  const inSentence = at => at.matches('a, button.link') && at.closest('p, label') !== null
    && at.closest('p, label').textContent.trim().length > at.textContent.trim().length;
  const middle = at => {
    const box = at.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const hits = (at, [x, y]) => at.contains(document.elementFromPoint(x, y));
  const reach = (at, dx, dy) => {
    const [x, y] = middle(at);
    let steps = 0;
    while (steps < least / 2 && hits(at, [x + dx * (steps + 1), y + dy * (steps + 1)])) steps += 1;
    return steps;
  };
  const small = [];
  for (const at of document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, label.opt, [role=button]')) {
    const box = at.getBoundingClientRect();
    if (box.width === 0 || at.closest('svg') || at.matches('.skip') || inSentence(at)) continue;
    if (at.matches('input') && at.closest('label')) continue;
    if (box.width >= least && box.height >= least) continue;
    at.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    if (!hits(at, middle(at))) continue;
    const wide = Math.max(box.width, reach(at, -1, 0) + reach(at, 1, 0));
    const high = Math.max(box.height, reach(at, 0, -1) + reach(at, 0, 1));
    // Halves of pixels.
    if (wide > least - 1.5 && high > least - 1.5) continue;
    const name = at.getAttribute('aria-label') || at.textContent.trim().slice(0, 40);
    small.push(`${Math.round(wide)}x${Math.round(high)} ${at.tagName} "${name}"`);
  }
  return small;
}
"""


async def settled(page: Page) -> None:
    """Fonts are there, nothing is loading any more."""
    await page.wait_for_function(
        "() => document.fonts.status === 'loaded' &&"
        " document.querySelector('[aria-busy=true], .sk') === null"
    )


async def axe_findings(page: Page) -> list[str]:
    """By the DevTools protocol, which the page's content policy does not bind."""
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(_RUN_AXE, list(TAGS))
    return found


async def sideways(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_SIDEWAYS)
    return found


async def small_targets(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_SMALL, TARGET_PX)
    return found
