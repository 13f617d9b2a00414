// The code of a ticket, as src/arenapulse/tickets/ticketcode.py makes it and docs/reference/ticket-code.md describes it;
// ticket-code-vectors.json holds both to it.

export const STEP_SECONDS = 15;
/** Steps that are in time, the likeliest first. */
const STEPS_AWAY = [0, -1, -2, 1] as const;
const DIGITS = 6;
export const PREFIX = "AP1";
const BODY_CHARACTERS = 149;
const PAYLOAD_BYTES = 35;
const SIGNATURE_BYTES = 64;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const INFO = new TextEncoder().encode("arenapulse ticket code");

export interface TicketCode {
  ticketId: string;
  eventId: string;
  version: number;
  printed: boolean;
  /** Null in a printed code. */
  digits: string | null;
  payload: Uint8Array<ArrayBuffer>;
  signature: Uint8Array<ArrayBuffer>;
}

/** The part of a code that stays while its digits turn. */
export const stayingPart = (text: string): string =>
  text.startsWith(PREFIX) ? text.slice(0, PREFIX.length + BODY_CHARACTERS) : text;

/** What a text says, or null where it is no code; nobody has judged it yet. */
export function parseCode(text: string): TicketCode | null {
  if (!text.startsWith(PREFIX)) return null;
  let body = text.slice(PREFIX.length);
  let digits: string | null = null;
  if (body.length === BODY_CHARACTERS + 1 + DIGITS && body[BODY_CHARACTERS] === ".") {
    digits = body.slice(-DIGITS);
    body = body.slice(0, BODY_CHARACTERS);
    if (!/^\d{6}$/.test(digits)) return null;
  }
  const raw = body.length === BODY_CHARACTERS ? fromBase45(body) : null;
  if (raw === null || raw.length !== PAYLOAD_BYTES + SIGNATURE_BYTES) return null;
  const flags = raw[0] ?? 0;
  const printed = flags === 1;
  if (flags > 1 || printed !== (digits === null)) return null;
  return {
    ticketId: uuid(raw.subarray(1, 17)),
    eventId: uuid(raw.subarray(17, 33)),
    version: ((raw[33] ?? 0) << 8) | (raw[34] ?? 0),
    printed,
    digits,
    payload: raw.slice(0, PAYLOAD_BYTES),
    signature: raw.slice(PAYLOAD_BYTES),
  };
}

function fromBase45(text: string): Uint8Array<ArrayBuffer> | null {
  const values = [...text].map((character) => ALPHABET.indexOf(character));
  if (values.includes(-1) || values.length % 3 === 1) return null;
  const made: number[] = [];
  for (let at = 0; at < values.length; at += 3) {
    const [low = 0, middle = 0, high] = values.slice(at, at + 3);
    const number = low + middle * 45 + (high ?? 0) * 2025;
    if (number > (high === undefined ? 0xff : 0xffff)) return null;
    if (high !== undefined) made.push(number >> 8);
    made.push(number & 0xff);
  }
  return new Uint8Array(made);
}

const uuid = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** A key that makes digits and that no script can read again. */
export const hmacKey = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-1" }, false, ["sign"]);

/** The gate key as a device keeps it: it derives, and cannot be read. */
export const gateKey = (raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);

/** The key of one ticket and version. */
export function ticketKey(gate: CryptoKey, code: Pick<TicketCode, "payload">): Promise<CryptoKey> {
  const info = new Uint8Array([...INFO, ...code.payload.slice(1, 17), ...code.payload.slice(33, 35)]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info },
    gate,
    { name: "HMAC", hash: "SHA-1", length: 256 },
    false,
    ["sign"],
  );
}

/** TOTP (RFC 6238): SHA-1, six digits. */
export async function digitsAt(key: CryptoKey, step: number): Promise<string> {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setUint32(0, Math.floor(step / 2 ** 32));
  counter.setUint32(4, step >>> 0);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const at = mac.getUint8(mac.byteLength - 1) & 0x0f;
  return String((mac.getUint32(at) & 0x7fffffff) % 10 ** DIGITS).padStart(DIGITS, "0");
}

export const stepAt = (ms: number): number => Math.floor(ms / 1000 / STEP_SECONDS);

/** Whether these digits are of two steps ago to one step ahead. */
export async function isInTime(digits: string, key: CryptoKey, ms: number): Promise<boolean> {
  const now = stepAt(ms);
  for (const away of STEPS_AWAY) if ((await digitsAt(key, now + away)) === digits) return true;
  return false;
}
