import { clearTimeout, setTimeout } from "node:timers";
import "@testing-library/jest-dom/vitest";
import { notifyManager } from "@tanstack/react-query";
import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { useRecent } from "@/features/discover/saved";
import { useChoices } from "@/features/event/choice";
import { resetSessionForTests } from "@/shared/api/session";
import { startI18n } from "@/shared/i18n/setup";
import { setWireForTests } from "@/shared/realtime/connection";
import { useSavedEvents } from "@/shared/saved-events";
import { FakeSocket } from "./fake-socket";
import { departures, server } from "./server";

// A key without words is nothing on a screen, and a failure here.
startI18n((key) => {
  throw new Error(`there are no words for ${key}`);
});

// What the cache learns is on the screen at once; when the app draws it is shared/ui/painting.ts's matter.
notifyManager.setScheduler((callback) => callback());

// An area is fetched before its screen is there, on a machine that does other things as well.
configure({ asyncUtilTimeout: 5_000 });

// jsdom draws nothing, so it has no media queries, no dialogs and no scrolling.
// Of the one jsdom, since this file runs anew for each file of tests and a media list is kept for as long as the page is.
const screenOf = window as unknown as { isDesktop: boolean };
export const setDesktop = (value: boolean): void => {
  screenOf.isDesktop = value;
};
window.matchMedia = (query: string) =>
  ({
    get matches() {
      return query.includes("min-width: 900px") ? screenOf.isDesktop : false;
    },
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;
window.scrollTo = () => undefined;
// jsdom counts frames by one interval of the page: begun by the clock of a test, it ends with that clock, and no later
// file of this worker would see a frame.
window.requestAnimationFrame = (draw) => Number(setTimeout(() => draw(performance.now()), 1000 / 60));
window.cancelAnimationFrame = (handle) => clearTimeout(handle);
HTMLDialogElement.prototype.showModal = function showModal() {
  this.open = true;
};
HTMLDialogElement.prototype.close = function close() {
  this.open = false;
};

beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
beforeEach(() => {
  screenOf.isDesktop = true;
  setWireForTests(new FakeSocket());
});
afterEach(async () => {
  cleanup();
  server.resetHandlers();
  resetSessionForTests();
  useChoices.setState({ byEvent: {} });
  useRecent.setState({ words: [] });
  useSavedEvents.setState({ events: [] });
  localStorage.clear();
  sessionStorage.clear();
  expect(await departures(), "answers that the API does not give").toEqual([]);
});
afterAll(() => server.close());
