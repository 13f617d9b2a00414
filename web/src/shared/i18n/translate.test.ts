import { afterEach, describe, expect, it } from "vitest";
import { startI18n } from "./setup";
import { addWords, speak, spoken } from "./translate";

type Say = (key: string, values?: Record<string, unknown>) => string;
const say: Say = (key, values) => (spoken().t as unknown as Say)(key, values);

afterEach(() => {
  startI18n((key) => {
    throw new Error(key);
  });
});

describe("words", () => {
  it("fill their slots as they are, and none with nothing", () => {
    addWords("en", { a: { b: "{{who}} & {{n}}, {{n}}{{none}}" } });
    expect(say("a.b", { who: "<b>", n: 0 })).toBe("<b> & 0, 0");
  });

  it("count by the rules of their language, and say the many where a form is not there", () => {
    addWords("en", { place_one: "{{count}} place", place_other: "{{count}} places" });
    addWords("es", { place_one: "{{count}} plaza", place_other: "{{count}} plazas" });
    expect([0, 1, 2].map((count) => say("place", { count }))).toEqual(["0 places", "1 place", "2 places"]);
    speak("es");
    expect(say("place", { count: 1_000_000 })).toBe("1000000 plazas");
  });

  it("come in English where a language has none, and are another function for another language", () => {
    addWords("en", { only: "here" });
    const before = spoken();
    expect(spoken()).toBe(before);
    speak("de");
    expect(spoken().t).not.toBe(before.t);
    expect(say("only")).toBe("here");
    expect(() => say("nowhere")).toThrow("nowhere");
  });
});
