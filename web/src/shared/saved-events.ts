import { create } from "zustand";
import { isLeaving, onToken } from "./api/session";

// Events that somebody means to come back to. They lie on the device, so that who has no account may keep some too.

export interface SavedEvent {
  id: string;
  name: string;
  startTime: string;
  /** Of its venue, where that was known. */
  timezone?: string | undefined;
}
const KEPT = "arenapulse.events";
const EVENTS_MAX = 50;

/** Nothing where a browser keeps nothing, or something else lies there. */
function kept(): SavedEvent[] {
  try {
    return (JSON.parse(localStorage.getItem(KEPT) ?? "[]") as SavedEvent[]).filter(({ id }) => id);
  } catch {
    return [];
  }
}

export const useSavedEvents = create<{ events: SavedEvent[] }>(() => ({ events: kept() }));

/** Keeps it, or no longer. */
export const turnSaved = ({ id, name, startTime, timezone }: SavedEvent): void =>
  useSavedEvents.setState(({ events }) => {
    const others = events.filter((each) => each.id !== id);
    return {
      events:
        others.length < events.length
          ? others
          : [{ id, name, startTime, timezone }, ...others].slice(0, EVENTS_MAX),
    };
  });

useSavedEvents.subscribe(({ events }) => {
  try {
    localStorage.setItem(KEPT, JSON.stringify(events));
  } catch {
    // Then they are kept as long as the page is.
  }
});

// Another tab keeps them, too: without its own this one would take them away with its next.
window.addEventListener("storage", ({ key }) => {
  if (key === KEPT || key === null) useSavedEvents.setState({ events: kept() });
});

// What somebody likes is theirs: it goes with them.
onToken((token) => {
  if (token === null && isLeaving()) useSavedEvents.setState({ events: [] });
});
