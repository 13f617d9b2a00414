// The draw computed again, from what is public alone, in the reader's own browser.

const TICKET_BYTES = 16;
const BATCH = 500;

export interface Checked {
  sealFits: boolean;
  listFits: boolean;
  /** The place of each ticket, by its index in the list; null where the list or the seal does not fit. */
  places: Uint32Array | null;
}

const encoder = new TextEncoder();
const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export async function checkDraw(
  draw: { name: string; seal: string; seed: string; lane: number; ticketsHash: string },
  tickets: Uint8Array<ArrayBuffer>,
  progress: (share: number) => void,
): Promise<Checked> {
  const { subtle } = crypto;
  const seed = bytesOf(draw.seed);
  const sealFits = hex(await subtle.digest("SHA-256", seed)) === draw.seal;
  const digest = await subtle.digest("SHA-256", tickets);
  const listFits = hex(digest) === draw.ticketsHash;
  if (!sealFits || !listFits) return { sealFits, listFits, places: null };
  const about = new Uint8Array([...encoder.encode(draw.name), draw.lane, ...new Uint8Array(digest)]);
  const key = await subtle.sign("HMAC", await hmacKey(seed), about);
  return { sealFits, listFits, places: await placesOf(tickets, await hmacKey(key), progress) };
}

const hmacKey = (raw: BufferSource) =>
  crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

async function placesOf(
  tickets: Uint8Array<ArrayBuffer>,
  key: CryptoKey,
  progress: (share: number) => void,
): Promise<Uint32Array> {
  const many = tickets.length / TICKET_BYTES;
  const lots: string[] = [];
  for (let first = 0; first < many; first += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, many - first) }, (_, index) => {
      const at = (first + index) * TICKET_BYTES;
      return crypto.subtle.sign("HMAC", key, tickets.slice(at, at + TICKET_BYTES));
    });
    for (const lot of await Promise.all(batch)) lots.push(hex(lot));
    progress(Math.min(1, (first + BATCH) / many));
  }
  const order = Uint32Array.from(lots.keys());
  order.sort((one, other) => ((lots[one] as string) < (lots[other] as string) ? -1 : 1));
  const places = new Uint32Array(many);
  order.forEach((index, place) => {
    places[index] = place + 1;
  });
  return places;
}
