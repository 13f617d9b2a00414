const KEY = "arenapulse.gate";

/** Of this device; a browser that keeps nothing forgets it. */
export function rememberGate(eventId: string): void {
  try {
    if (localStorage.getItem(KEY) !== eventId) localStorage.setItem(KEY, eventId);
  } catch {
    // It is found by its address.
  }
}

export function lastGate(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
