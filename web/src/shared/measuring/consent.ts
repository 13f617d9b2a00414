const KEY = "arenapulse.uncounted";

/** Do Not Track, and Global Privacy Control, which took its place. */
export function browserForbids(): boolean {
  const wish = navigator as Navigator & { globalPrivacyControl?: boolean };
  return wish.doNotTrack === "1" || wish.globalPrivacyControl === true;
}

/** Whether somebody said here that their visits are not to be counted. */
export function isRefused(): boolean {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

export function refuse(isRefusing: boolean): void {
  try {
    if (isRefusing) localStorage.setItem(KEY, "1");
    else localStorage.removeItem(KEY);
  } catch {
    // Without storage nothing can be remembered of the next page, and nothing is.
  }
}
