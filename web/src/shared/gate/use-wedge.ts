import { useEffect, useRef } from "react";
import { PREFIX } from "./ticket-code";

// A hand scanner is a keyboard: it types a code and presses Enter, whatever has the focus.

/** Between two of its keys; people are slower only by chance, and no code begins as they do. */
const GAP_MS = 500;
/** In a field people type too: there the first letters of a code are a scanner's by their speed alone. */
const FAST_MS = 60;

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLElement && target.matches("input, textarea, select");
const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("[contenteditable]");

/** Calls `onCode` with what a scanner types; a field that had the focus stays as it was. */
export function useWedge(onCode: (text: string) => void): void {
  const latest = useRef(onCode);
  latest.current = onCode;
  useEffect(() => {
    let typed = "";
    let at = 0;
    let before: (() => void) | undefined;
    const isCode = () => typed.startsWith(PREFIX);
    const begin = (target: EventTarget | null) => {
      typed = "";
      before = isField(target) ? remembered(target) : undefined;
    };
    const down = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isEditable(event.target)) return;
      const gap = isField(event.target) && !isCode() ? FAST_MS : GAP_MS;
      if (typed === "" || event.timeStamp - at > gap) begin(event.target);
      if (event.key === "Enter") {
        if (!isCode()) return begin(null);
        // Not the button that was pressed last.
        event.preventDefault();
        latest.current(typed);
        begin(null);
      } else if (event.key.length === 1) {
        at = event.timeStamp;
        const wasCode = isCode();
        typed += event.key;
        if (!isCode()) {
          // What cannot become one any more begins with what is typed now.
          if (!PREFIX.startsWith(typed)) {
            begin(event.target);
            typed = event.key;
          }
          return;
        }
        // Nor by its spaces, and no search of the browser by its slashes.
        event.preventDefault();
        if (!wasCode) before?.();
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

/** Gives a field back what it says now, as its user would: whoever listens hears of it. */
function remembered(field: Field): () => void {
  const { value } = field;
  const caret = field instanceof HTMLSelectElement ? null : field.selectionStart;
  return () => {
    if (field.value === value) return;
    // React hears only what goes past its own setter.
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value")?.set?.call(field, value);
    field.dispatchEvent(
      new Event(field instanceof HTMLSelectElement ? "change" : "input", { bubbles: true }),
    );
    if (!(field instanceof HTMLSelectElement) && caret !== null) field.setSelectionRange(caret, caret);
  };
}
