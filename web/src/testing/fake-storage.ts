// What jsdom has not got of IndexedDB, as far as shared/kept.ts asks for it: one table, of copies as in a browser.

const rows = new Map<string, unknown>();
let isFull = false;

class Range {
  readonly lower: string;
  readonly upper: string;
  constructor(lower: string, upper: string) {
    this.lower = lower;
    this.upper = upper;
  }
  static bound = (lower: string, upper: string) => new Range(lower, upper);
}

const inside = (range: Range) =>
  [...rows.keys()].filter((key) => key >= range.lower && key <= range.upper).sort();

interface Work {
  result: unknown;
}

function transaction() {
  const made = {
    oncomplete: () => undefined,
    onabort: () => undefined,
    error: new DOMException("no room", "QuotaExceededError"),
    objectStore: () => table,
  };
  const done = (result: unknown): Work => {
    queueMicrotask(() => made.oncomplete());
    return { result };
  };
  const table = {
    get: (key: string) => done(rows.get(key)),
    put: (value: unknown, key: string) => {
      if (!isFull) return done(rows.set(key, structuredClone(value)));
      queueMicrotask(() => made.onabort());
      return { result: undefined };
    },
    getAll: (range: Range) => done(inside(range).map((key) => rows.get(key))),
    delete: (which: string | Range) => {
      for (const key of typeof which === "string" ? [which] : inside(which)) rows.delete(key);
      return done(undefined);
    },
  };
  return made;
}

/** From here on this browser keeps things; nothing is in it yet. */
export function keepsThings(): void {
  rows.clear();
  isFull = false;
  Object.assign(globalThis, {
    IDBKeyRange: Range,
    indexedDB: {
      open: () => {
        const request = { result: { transaction }, onsuccess: () => undefined };
        queueMicrotask(() => request.onsuccess());
        return request;
      },
    },
  });
}

/** From here on there is no room for more. */
export function keepsNoMore(): void {
  isFull = true;
}
