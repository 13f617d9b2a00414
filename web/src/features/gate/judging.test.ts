import { describe, expect, it } from "vitest";
import type { GateManifest, ManifestTicket } from "@/shared/api/contract";
import { fromBase64Url, gateKey } from "@/shared/gate/ticket-code";
import vectors from "@/shared/gate/ticket-code-vectors.json";
import { type Asked, judge, type Known, toneOf } from "./judging";

const [rotating, reissued, printed] = vectors.codes;
if (!rotating || !reissued || !printed) throw new Error("the vectors are not there");
const NOW = rotating.unix * 1000;

const ticketOf = (changes: Partial<ManifestTicket> = {}): ManifestTicket => ({
  ticketId: rotating.ticketId,
  status: "VALID",
  sectionId: "s1",
  ...changes,
});
const manifestOf = (changes: Partial<GateManifest> = {}): GateManifest => ({
  eventId: rotating.eventId,
  sequence: 1,
  isWhole: true,
  status: "LIVE",
  startTime: "2026-01-01T00:00:00Z",
  endTime: "2026-01-01T03:00:00Z",
  publicKeys: [vectors.publicKey],
  keyGeneration: 1,
  stepSeconds: 15,
  printedCodes: false,
  reentry: false,
  passbackSeconds: 0,
  gates: {},
  sections: [],
  admitted: 0,
  inside: 0,
  tickets: [],
  ...changes,
});

async function said(
  asked: Partial<Asked> = {},
  {
    manifest = {},
    ticket = {},
    registered = true,
  }: {
    manifest?: Partial<GateManifest>;
    ticket?: Partial<ManifestTicket> | null;
    registered?: boolean;
  } = {},
): Promise<string> {
  const known: Known = {
    manifest: manifestOf(manifest),
    tickets: new Map(ticket === null ? [] : [[rotating?.ticketId ?? "", ticketOf(ticket)]]),
    gateKey: registered ? await gateKey(fromBase64Url(vectors.gateKey)) : null,
  };
  const verdict = await judge(known, {
    text: rotating?.code ?? "",
    gate: "A",
    isOut: false,
    now: NOW,
    ...asked,
  });
  return verdict.kind;
}

describe("a device without a network", () => {
  it("lets a ticket in", async () => {
    expect(await said()).toBe("admitted");
  });

  it("refuses what is forged, altered, old, void, used, of another event, or too early", async () => {
    const code = rotating.code;
    const altered = `${code.slice(0, 40)}${code[40] === "0" ? "1" : "0"}${code.slice(41)}`;
    expect(["unknown", "otherEvent"]).toContain(await said({ text: altered }));
    expect(await said({ text: "nothing" })).toBe("unknown");
    expect(await said({ now: NOW + 45_000 })).toBe("expired");
    expect(await said({ now: NOW - 16_000 })).toBe("expired");
    expect(await said({ text: reissued.code })).toBe("expired");
    expect(await said({}, { ticket: { status: "VOID" } })).toBe("invalid");
    expect(await said({}, { ticket: { status: "CHECKED_IN", inside: true } })).toBe("already");
    expect(await said({}, { ticket: null })).toBe("invalid");
    expect(await said({}, { manifest: { eventId: "another" } })).toBe("otherEvent");
    expect(await said({}, { manifest: { status: "SCHEDULED" } })).toBe("closed");
  });

  it("knows gates, paper, and who may come in again", async () => {
    const gates = { B: { sections: ["s1"] }, C: { sections: ["*"] } };
    expect(await said({}, { manifest: { gates } })).toBe("wrongGate");
    expect(await said({ gate: "B" }, { manifest: { gates } })).toBe("admitted");
    expect(await said({ text: printed.code })).toBe("noPaper");
    expect(await said({ text: printed.code }, { manifest: { printedCodes: true } })).toBe("admitted");
    const out = { status: "CHECKED_IN", inside: false, at: new Date(NOW - 60_000).toISOString() };
    expect(await said({}, { ticket: out })).toBe("already");
    expect(await said({}, { ticket: out, manifest: { reentry: true } })).toBe("admitted");
    expect(await said({}, { ticket: out, manifest: { reentry: true, passbackSeconds: 61 } })).toBe("already");
    expect(await said({ isOut: true }, { ticket: { ...out, inside: true } })).toBe("left");
    expect(await said({ isOut: true })).toBe("notInside");
  });

  it("that is not registered admits it does not know", async () => {
    expect(await said({}, { registered: false })).toBe("unsure");
    expect(toneOf("unsure")).toBe("warn");
  });
});
