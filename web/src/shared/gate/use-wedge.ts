import { useEffect, useRef } from "react";
import { PREFIX } from "./ticket-code";

// A hand scanner is a keyboard: it types a code and presses Enter, whatever button has the focus.

/** Between two of its keys; people are slower only by chance, and no code begins as they do. */
const GAP_MS = 500;
const isField = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

/** Calls `onCode` with what is typed while no field has the focus. */
export function useWedge(onCode: (text: string) => void): void {
  const latest = useRef(onCode);
  latest.current = onCode;
  useEffect(() => {
    let typed = "";
    let at = 0;
    const isCode = () => typed.startsWith(PREFIX);
    const down = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
      if (event.timeStamp - at > GAP_MS) typed = "";
      at = event.timeStamp;
      if (event.key === "Enter") {
        if (!isCode()) return;
        // Not the button that was pressed last.
        event.preventDefault();
        latest.current(typed);
        typed = "";
      } else if (event.key.length === 1) {
        typed += event.key;
        // Nor by its spaces, and no search of the browser by its slashes.
        if (isCode()) event.preventDefault();
      }
    };
    const up = (event: KeyboardEvent) => {
      if (event.key === " " && isCode() && !isField(event.target)) event.preventDefault();
    };
    window.addEventListener("keydown", down, true);
    window.addEventListener("keyup", up, true);
    return () => {
      window.removeEventListener("keydown", down, true);
      window.removeEventListener("keyup", up, true);
    };
  }, []);
}
