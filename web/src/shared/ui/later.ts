import { type ComponentType, lazy } from "react";

const WAIT_MS_LEAST = 500;
const WAIT_MS_MOST = 10_000;
const TRIES_MAX = 100;

/** A part of a page that comes when it is needed. While it does not come the page stays as it is, and it is asked for again. */
export const later = <Props>(load: () => Promise<ComponentType<Props>>) =>
  lazy(async () => ({ default: await untilItComes(load) }));

/** One that comes while the first finger is still down: what comes late moves what lies below it. */
export const nearby = <Props>(load: () => Promise<ComponentType<Props>>) => {
  addEventListener("pointerdown", () => void load().catch(() => undefined), { once: true });
  return later(load);
};

async function untilItComes<Part>(load: () => Promise<Part>): Promise<Part> {
  for (let tries = 1; tries < TRIES_MAX; tries++) {
    try {
      return await load();
    } catch {
      await aWhile(Math.min(WAIT_MS_MOST, WAIT_MS_LEAST * 2 ** tries));
    }
  }
  return load();
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
