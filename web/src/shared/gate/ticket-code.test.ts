import { verifyAsync } from "@noble/ed25519";
import { describe, expect, it } from "vitest";
import {
  digitsAt,
  fromBase64Url,
  gateKey,
  hmacKey,
  isInTime,
  parseCode,
  stepAt,
  ticketKey,
} from "./ticket-code";
import vectors from "./ticket-code-vectors.json";

// The same vectors hold the server (tests/rules/test_ticket_code.py).
describe("the code of a ticket", () => {
  it.each(vectors.codes)("is read as the vectors say: $name", async (vector) => {
    const code = parseCode(vector.code);
    expect(code).toMatchObject({
      ticketId: vector.ticketId,
      eventId: vector.eventId,
      version: vector.version,
      printed: vector.printed,
    });
    if (code === null) return;
    const publicKey = fromBase64Url(vectors.publicKey);
    expect(await verifyAsync(code.signature, code.payload, publicKey)).toBe(true);
    const changed = new Uint8Array(code.payload);
    changed[5] = (changed[5] ?? 0) ^ 1;
    expect(await verifyAsync(code.signature, changed, publicKey)).toBe(false);
    if (vector.ticketKey === null) return;
    const own = await ticketKey(await gateKey(fromBase64Url(vectors.gateKey)), code);
    const step = stepAt(vector.unix * 1000);
    expect(await digitsAt(own, step)).toBe(code.digits);
    expect(await digitsAt(await hmacKey(fromBase64Url(vector.ticketKey)), step)).toBe(code.digits);
  });

  it.each(vectors.malformed)("is none: $why", ({ code }) => {
    expect(parseCode(code)).toBeNull();
  });

  it("is dead 45 seconds after its step began", async () => {
    const vector = vectors.codes[0];
    const key = await hmacKey(fromBase64Url(vector?.ticketKey ?? ""));
    const digits = parseCode(vector?.code ?? "")?.digits ?? "";
    const taken = await Promise.all(
      [-16, -15, 0, 44, 45].map((seconds) => isInTime(digits, key, ((vector?.unix ?? 0) + seconds) * 1000)),
    );
    expect(taken).toEqual([false, true, true, true, false]);
  });

  it("is made by keys that no script can read again", async () => {
    const key = await hmacKey(new Uint8Array(32));
    await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
  });
});
