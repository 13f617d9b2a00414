import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";

const HOME = "https://arena.test";
const LINE = `${HOME}/api/v1/events/01234567-89ab-7def-8123-456789abcdef/queue/serving`;

/** The service worker as it is shipped, before a network that the test is. */
function worker() {
  const asked: string[] = [];
  let now = 1_000_000;
  let isOff = false;
  let listener: (event: object) => void = () => undefined;
  const fetch = async ({ url }: { url: string }) => {
    asked.push(url);
    if (isOff) throw new TypeError("Failed to fetch");
    return new Response(`answer ${asked.length}`);
  };
  const self = {
    location: { origin: HOME },
    addEventListener: (name: string, told: (event: object) => void) => {
      if (name === "fetch") listener = told;
    },
  };
  runInNewContext(readFileSync("public/sw.js", "utf8"), { self, fetch, URL, Date: { now: () => now } });
  const get = async (url: string): Promise<string | undefined> => {
    let answer: Promise<Response> | undefined;
    listener({
      request: { url, method: "GET", mode: "cors" },
      respondWith: (given: Promise<Response>) => {
        answer = given;
      },
    });
    return (await answer)?.text();
  };
  return {
    asked,
    get,
    later: (ms: number) => {
      now += ms;
    },
    goOff: (off: boolean) => {
      isOff = off;
    },
  };
}

describe("the service worker", () => {
  it("asks for the line's number once a second, however many tabs want it", async () => {
    const { asked, get, later } = worker();
    expect(await Promise.all([get(LINE), get(LINE)])).toEqual(["answer 1", "answer 1"]);
    later(999);
    expect(await get(LINE)).toBe("answer 1");
    later(1);
    expect(await get(LINE)).toBe("answer 2");
    expect(asked).toHaveLength(2);
  });

  it("keeps no failure, and nothing else of the API", async () => {
    const { asked, get, goOff } = worker();
    goOff(true);
    await expect(get(LINE)).rejects.toThrow("Failed to fetch");
    goOff(false);
    expect(await get(LINE)).toBe("answer 2");
    expect(await get(`${HOME}/api/v1/events/x/availability`)).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});
