import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { humanWord } from "./human";

interface Options {
  sitekey: string;
  action: string;
  callback: (token: string) => void;
  "error-callback": () => void;
  "timeout-callback": () => void;
}

/** Cloudflare's script as the page sees it: one global, which draws a widget into an element and calls back. */
function widget(answer: (options: Options, where: HTMLElement) => void) {
  const seen: Options[] = [];
  window.turnstile = {
    render: (where, options) => {
      seen.push(options);
      expect(where.isConnected, "drawn where somebody can press it").toBe(true);
      answer(options, where);
      return "widget-1";
    },
    remove: () => undefined,
  };
  return seen;
}

const scriptTag = () => document.head.querySelector<HTMLScriptElement>('script[src*="turnstile"]');

beforeEach(() => {
  delete window.turnstile;
});
afterEach(() => {
  vi.useRealTimers();
  scriptTag()?.remove();
});

describe("the widget that sees whether somebody is here", () => {
  it("gives its word for our key and our deed, and is gone from the page", async () => {
    const seen = widget(({ callback }) => callback("word-of-a-human"));
    expect(await humanWord("0x4AAA")).toBe("word-of-a-human");
    expect(seen.map(({ sitekey, action }) => [sitekey, action])).toEqual([["0x4AAA", "queue"]]);
    expect(document.querySelector(".human")).toBeNull();
  });

  it.each(["error-callback", "timeout-callback"] as const)("says nothing after its %s", async (told) => {
    widget((options) => options[told]());
    expect(await humanWord("0x4AAA")).toBeNull();
    expect(document.querySelector(".human")).toBeNull();
  });

  it("is waited for half a minute and no longer", async () => {
    vi.useFakeTimers();
    widget(() => undefined);
    const word = humanWord("0x4AAA");
    await vi.advanceTimersByTimeAsync(29_999);
    expect(document.querySelector(".human")).not.toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(await word).toBeNull();
  });

  it("is fetched once it is asked for, from its vendor alone", async () => {
    const word = humanWord("0x4AAA");
    const tag = scriptTag();
    expect(tag?.src).toMatch(
      /^https:\/\/challenges\.cloudflare\.com\/turnstile\/v0\/api\.js\?render=explicit$/,
    );
    widget(({ callback }) => callback("fetched"));
    tag?.dispatchEvent(new Event("load"));
    expect(await word).toBe("fetched");
  });

  it("that does not come leaves the work to the browser, and no tag behind", async () => {
    const word = humanWord("0x4AAA");
    scriptTag()?.dispatchEvent(new Event("error"));
    expect(await word).toBeNull();
    expect(scriptTag()).toBeNull();
  });
});
