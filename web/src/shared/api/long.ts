const PAGES_MAX = 3;

/** Whether reading it again is a few requests at most: of a list in pages each is one. */
export const isShort = (data: unknown): boolean =>
  !(typeof data === "object" && data !== null && "pages" in data) ||
  !Array.isArray(data.pages) ||
  data.pages.length <= PAGES_MAX;
