// A scarf is knitted from the event's name: a team wears the same colours in every match, on every device. Whoever
// organizes it may choose others.

export const YARNS = [
  "navy",
  "red",
  "coal",
  "pine",
  "violet",
  "sky",
  "rust",
  "night",
  "teal",
  "plum",
  "royal",
  "tan",
] as const;
const PATTERNS = ["bars", "hoops", "sash", "check", "plain"] as const;
// Half a scarf has no room for letters beside the stripes of "plain".
const PAIRED = PATTERNS.slice(0, 4);
// On these the letters need a plain patch under them.
const BUSY = new Set<string>(["bars", "sash", "check"]);

export type Yarn = (typeof YARNS)[number];
/** What the organizer chose: of the home side, and of the away side. */
export type Worn = readonly Yarn[] | null | undefined;

export interface ScarfEnd {
  yarn: Yarn;
  pattern: (typeof PATTERNS)[number];
  letters: string;
  patch: boolean;
}

export function knit(name: string, worn?: Worn): ScarfEnd[] {
  const ends = knitted(name);
  const [left, right] = ends;
  const [home, away] = worn ?? [];
  if (left && home) left.yarn = home;
  if (left && right) right.yarn = away ?? (right.yarn === left.yarn ? after(YARNS, right.yarn) : right.yarn);
  return ends;
}

function knitted(name: string): ScarfEnd[] {
  const sides = name.split(/\s+(?:v|vs\.?|-|–|gegen|contra)\s+/i).slice(0, 2);
  if (sides.length < 2) return [end(name, shorten(name.replace(/^the\s+/i, ""), 14))];
  const [home = "", away = ""] = sides.map((side) => side.replace(/\s*[,:(].*$/, ""));
  const left = end(home, shorten(home, 9), PAIRED);
  const right = end(away, shorten(away, 9), PAIRED);
  if (right.yarn === left.yarn) right.yarn = after(YARNS, right.yarn);
  if (right.pattern === left.pattern) right.pattern = after(PAIRED, right.pattern);
  right.patch = BUSY.has(right.pattern);
  return [left, right];
}

function end(
  text: string,
  letters: string,
  patterns: readonly (typeof PATTERNS)[number][] = PATTERNS,
): ScarfEnd {
  const hash = hashOf(text.trim().toLowerCase());
  const yarn = YARNS[hash % YARNS.length] ?? "navy";
  const pattern = patterns[Math.floor(hash / 16) % patterns.length] ?? "bars";
  return { yarn, pattern, letters, patch: BUSY.has(pattern) };
}

// Left alone at the end, these would wait for a word that does not come.
const LEADING = /(?: (?:OF|THE|A|AN|AND|IN|AT|DER|DIE|DAS|DES|UND|DE|DEL|LA|LAS|EL|LOS|Y))+$/;

// Whole words while they fit: "Old Mill Rovers" is OLD MILL, "Harbour City" is HARBOUR.
function shorten(text: string, room: number): string {
  let letters = "";
  for (const word of text.toUpperCase().split(/[\s,:]+/)) {
    const longer = letters === "" ? word : `${letters} ${word}`;
    if (letters !== "" && longer.length > room) break;
    letters = longer;
  }
  return letters.replace(LEADING, "").slice(0, room + 4);
}

function after<T>(list: readonly T[], item: T): T {
  return list[(list.indexOf(item) + 1) % list.length] ?? item;
}

// FNV-1a, so neighbouring names land on different colours.
function hashOf(text: string): number {
  let hash = 2_166_136_261;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return (hash ^ (hash >>> 13)) >>> 0;
}
