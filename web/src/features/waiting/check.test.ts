import { describe, expect, it } from "vitest";
import { checkDraw } from "./check";
import vectors from "./draw-vectors.json";

const { lanes, tickets, ...told } = vectors;
const list = () => Uint8Array.from(tickets.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

describe("the draw computed again", () => {
  it.each(lanes)("finds the places that the server drew in lane $lane", async ({ lane, places }) => {
    const shares: number[] = [];
    const found = await checkDraw({ ...told, lane }, list(), (share) => shares.push(share));
    expect(found).toMatchObject({ sealFits: true, listFits: true });
    expect([...(found.places ?? [])]).toEqual(places);
    expect(shares).toEqual([1]);
  });

  it("says that another seed was sealed before", async () => {
    const seal = `00${told.seal.slice(2)}`;
    expect(await checkDraw({ ...told, seal, lane: 0 }, list(), () => undefined)).toEqual({
      sealFits: false,
      listFits: true,
      places: null,
    });
  });

  it.each([
    ["that somebody was left out", list().slice(16)],
    ["that somebody was put in", Uint8Array.from([...list(), ...new Uint8Array(16)])],
    ["that the order is another", Uint8Array.from([...list().slice(16), ...list().slice(0, 16)])],
  ])("says of the list %s", async (_what, other) => {
    expect(await checkDraw({ ...told, lane: 0 }, other, () => undefined)).toEqual({
      sealFits: true,
      listFits: false,
      places: null,
    });
  });
});
