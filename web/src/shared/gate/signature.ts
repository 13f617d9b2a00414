import { verifyAsync } from "@noble/ed25519";
import { fromBase64Url, type TicketCode } from "./ticket-code";

// Ed25519 by the browser itself, beside the page's own work; by a library where the browser has none (before Chrome 137,
// Firefox 129, Safari 17).

type Check = (code: Pick<TicketCode, "payload" | "signature">) => Promise<boolean>;

/** The keys of an event are a few, and the same all evening. */
const KEYS_MOST = 50;
const checks = new Map<string, Promise<Check>>();

/** Whether the owner of this key (base64url) signed the code. */
export async function isSignedBy(
  key: string,
  code: Pick<TicketCode, "payload" | "signature">,
): Promise<boolean> {
  return (await takeKey(key))(code);
}

/** Takes the key in: whoever comes first waits for it no longer than the others. */
export function takeKey(key: string): Promise<Check> {
  if (checks.size >= KEYS_MOST) checks.clear();
  const check = checks.get(key) ?? checkOf(fromBase64Url(key));
  checks.set(key, check);
  return check;
}

async function checkOf(raw: Uint8Array<ArrayBuffer>): Promise<Check> {
  try {
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return ({ signature, payload }) => crypto.subtle.verify("Ed25519", key, signature, payload);
  } catch {
    return ({ signature, payload }) => verifyAsync(signature, payload, raw);
  }
}
