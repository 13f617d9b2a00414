import { beforeEach, describe, expect, it, vi } from "vitest";
import { parseCode } from "./ticket-code";
import vectors from "./ticket-code-vectors.json";

// Each time as if the page began: it remembers how a key is asked.
beforeEach(() => vi.resetModules());
const fresh = async () => (await import("./signature")).isSignedBy;

const code = parseCode(vectors.codes[0]?.code ?? "");
if (code === null) throw new Error("the vectors are not there");
const changed = { ...code, payload: code.payload.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) };

describe.each([
  ["of a browser that knows Ed25519", true],
  ["of a browser that does not", false],
] as const)("the signature in the hands %s", (_name, knows) => {
  it("is good for what was signed, and for nothing else", async () => {
    const asked = vi.spyOn(crypto.subtle, "importKey");
    if (!knows) asked.mockRejectedValue(new DOMException("Unrecognized name.", "NotSupportedError"));
    const isSignedBy = await fresh();
    expect(await isSignedBy(vectors.publicKey, code)).toBe(true);
    expect(await isSignedBy(vectors.publicKey, changed)).toBe(false);
    expect(await isSignedBy("A".repeat(43), code)).toBe(false);
    // Once a key.
    expect(asked).toHaveBeenCalledTimes(2);
  });
});
