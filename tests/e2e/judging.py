"""What a page is judged by, whoever looks at it: axe, sideways scrolling, the size of targets."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

from tests.e2e.stack import WEB

AXE: Final = WEB / "node_modules" / "axe-core" / "axe.min.js"
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TARGET_PX: Final = 44

_RUN_AXE: Final = """
([type, values]) => axe.run(document, {runOnly: {type, values}, resultTypes: ['violations']})
  .then(told => told.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary}`)))
"""

# What sticks out to where one reads on, unless it lies in a strip that scrolls by itself.
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
    const isOut = document.dir === 'rtl' ? box.left < -1 : box.right > width + 1;
    return box.width > 0 && isOut && !held(at) && !at.matches('.skip');
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

# Text of which a part lies behind an edge that does not scroll. Not judged, with the reason:
#  - what is for the ear alone (`.sr`), and what is for the eye alone (aria-hidden);
#  - a line or two that end in dots, if the whole is their title.
_CUT_OFF: Final = """
() => {
  const cuts = how => how === 'hidden' || how === 'clip';
  const scrolls = how => how === 'auto' || how === 'scroll';
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walk.nextNode(); text !== null; text = walk.nextNode()) {
    const at = text.parentElement;
    const words = text.data.trim();
    if (!words || at.closest('.sr, svg, [aria-hidden=true], script, style, option')) continue;
    if (!at.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = [...range.getClientRects()].filter(line => line.width > 0);
    for (let up = at; up !== document.body && up !== null; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (scrolls(style.overflowX) || scrolls(style.overflowY)) break;
      if (style.position === 'fixed') break;
      const box = up.getBoundingClientRect();
      if (box.width <= 1) break;
      const wide = cuts(style.overflowX) && lines.some(
        line => line.left < box.left - 1.5 || line.right > box.right + 1.5);
      const high = cuts(style.overflowY) && lines.some(
        ({top, bottom, height}) => Math.max(box.top - top, bottom - box.bottom) > 0.4 * height);
      const isTold = up.title.includes(words);
      if ((wide || high) && !isTold)
        found.add(`${up.tagName}.${up.className} cuts "${words.slice(0, 40)}"`);
      if (wide || high) break;
    }
  }
  return [...found];
}
"""

# Two things to press that share ground on one layer; a bar that stays is another than the page.
_OVERLAPPING: Final = """
() => {
  const lies = at => {
    let {left, right, top, bottom} = at.getBoundingClientRect();
    let up = at.parentElement;
    for (; up !== document.body && up !== null; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.overflowX !== 'visible' || style.overflowY !== 'visible') {
        const box = up.getBoundingClientRect();
        [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
      }
      if (/fixed|sticky|absolute/.test(style.position) || style.zIndex !== 'auto') break;
    }
    return {at, left, right, top, bottom, layer: up};
  };
  const all = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, label.opt, [role=button]')]
    .filter(at => at.checkVisibility({visibilityProperty: true, opacityProperty: true})
      && !at.closest('.sr, .skip, .map-cursor, .affix') && !at.matches('label input'))
    .map(lies).filter(it => it.right - it.left > 1 && it.bottom - it.top > 1);
  const name = at => (at.ariaLabel || at.textContent || at.name || at.tagName).trim().slice(0, 30);
  const found = [];
  for (const [place, one] of all.entries())
    for (const other of all.slice(place + 1)) {
      const isOne = one.at.contains(other.at) || other.at.contains(one.at);
      if (one.layer !== other.layer || isOne) continue;
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && high > 2) found.push(`"${name(one.at)}" lies on "${name(other.at)}"`);
    }
  return found;
}
"""


async def settled(page: Page) -> None:
    """Fonts are there, nothing is loading any more, nothing is on its way to another colour."""
    await page.wait_for_function(
        "() => document.fonts.status === 'loaded' &&"
        " document.querySelector('[aria-busy=true], .sk') === null &&"
        " !document.getAnimations().some(each => each instanceof CSSTransition)"
    )


async def axe_findings(page: Page, *, rules: list[str] | None = None) -> list[str]:
    """By all rules, or by these; the DevTools protocol is not bound by the page's policy."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text())
    asked = ("tag", list(TAGS)) if rules is None else ("rule", rules)
    found: list[str] = await page.evaluate(_RUN_AXE, asked)
    return found


async def sideways(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_SIDEWAYS)
    return found


async def small_targets(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_SMALL, TARGET_PX)
    return found


async def cut_off(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_CUT_OFF)
    return found


async def overlapping(page: Page) -> list[str]:
    found: list[str] = await page.evaluate(_OVERLAPPING)
    return found
