import { type ComponentType, lazy } from "react";

const WAIT_MS_LEAST = 500;
const WAIT_MS_MOST = 10_000;
/** On a network that answers: what it does not have by then is gone, and the page says so. */
const TRIES_MAX = 6;

/** A part of a page that comes when it is needed. While it does not come the page stays as it is, and it is asked for again. */
export const later = <Props>(load: () => Promise<ComponentType<Props>>) =>
  lazy(async () => ({ default: await untilItComes(load) }));

/** One that comes while the first finger is still down: what comes late moves what lies below it. */
export const nearby = <Props>(load: () => Promise<ComponentType<Props>>) => {
  addEventListener("pointerdown", () => void load().catch(() => undefined), { once: true });
  return later(load);
};

async function untilItComes<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let tries = 1; ; tries += navigator.onLine ? 1 : 0) {
    try {
      return await load();
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
      await aWhile(Math.min(WAIT_MS_MOST, WAIT_MS_LEAST * 2 ** tries));
    }
  }
}

/** So long, or until the network is back. */
const aWhile = (wait: number): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, wait);
    addEventListener("online", go);
  });
