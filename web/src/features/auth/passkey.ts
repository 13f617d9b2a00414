import { request } from "@/shared/api/client";
import type { TokenAnswer } from "@/shared/api/contract";
import { guestToken, introduceGuest, startSession } from "@/shared/api/session";

// The browser speaks in bytes, the server in base64url. What newer browsers have for it (`toJSON`) older ones lack.

export interface Question {
  challengeToken: string;
  publicKey: Record<string, unknown>;
}
interface Named {
  id: string;
  type: "public-key";
}

export const canUsePasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" && "credentials" in navigator;

/** Whether the browser offers passkeys in the field for the e-mail, without being asked. */
export async function offersPasskeys(): Promise<boolean> {
  if (!canUsePasskeys() || PublicKeyCredential.isConditionalMediationAvailable === undefined) return false;
  return PublicKeyCredential.isConditionalMediationAvailable();
}

/** Signs in by a passkey; `mediation: "conditional"` waits until somebody chooses one in the field. */
export async function signInByPasskey(
  options: { mfaToken?: string; mediation?: CredentialMediationRequirement; signal?: AbortSignal } = {},
): Promise<void> {
  const asked = await request<Question>("/auth/passkeys/login/options", {
    method: "POST",
    body: options.mfaToken === undefined ? {} : { mfaToken: options.mfaToken },
    signal: options.signal,
  });
  const shown = await navigator.credentials.get({
    publicKey: requestOptions(asked.publicKey),
    ...(options.mediation === undefined ? {} : { mediation: options.mediation }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!(shown instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  const response = shown.response as AuthenticatorAssertionResponse;
  const body = {
    challengeToken: asked.challengeToken,
    guestToken: guestToken(),
    credential: {
      ...named(shown),
      response: {
        clientDataJSON: encode(response.clientDataJSON),
        authenticatorData: encode(response.authenticatorData),
        signature: encode(response.signature),
        ...(response.userHandle === null ? {} : { userHandle: encode(response.userHandle) }),
      },
    },
  };
  await introduceGuest(async () => {
    const answer = await request<TokenAnswer>("/auth/passkeys/login", { method: "POST", body });
    startSession(answer);
    return answer;
  });
}

/** Makes a new passkey here and adds it to the account; gives recovery codes if they are the first ones. */
export async function addPasskey(name: string): Promise<string[] | null> {
  const asked = await request<Question>("/auth/passkeys/register/options", { method: "POST" });
  const made = await navigator.credentials.create({ publicKey: creationOptions(asked.publicKey) });
  if (!(made instanceof PublicKeyCredential)) throw new DOMException("no passkey", "NotAllowedError");
  const response = made.response as AuthenticatorAttestationResponse;
  const added = await request<{ recoveryCodes: string[] | null }>("/auth/passkeys/register", {
    method: "POST",
    body: {
      challengeToken: asked.challengeToken,
      name,
      credential: {
        ...named(made),
        response: {
          clientDataJSON: encode(response.clientDataJSON),
          attestationObject: encode(response.attestationObject),
        },
      },
    },
  });
  return added.recoveryCodes;
}

const named = (credential: PublicKeyCredential) => ({
  id: credential.id,
  rawId: encode(credential.rawId),
  type: credential.type,
  clientExtensionResults: {},
});

function requestOptions(given: Record<string, unknown>): PublicKeyCredentialRequestOptions {
  const json = given as { challenge: string; allowCredentials?: Named[] };
  return {
    ...json,
    challenge: decode(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map((each) => ({ ...each, id: decode(each.id) })),
  };
}

function creationOptions(given: Record<string, unknown>): PublicKeyCredentialCreationOptions {
  const json = given as unknown as Omit<
    PublicKeyCredentialCreationOptions,
    "challenge" | "user" | "excludeCredentials"
  > & {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: Named[];
  };
  return {
    ...json,
    challenge: decode(json.challenge),
    user: { ...json.user, id: decode(json.user.id) },
    excludeCredentials: (json.excludeCredentials ?? []).map((each) => ({ ...each, id: decode(each.id) })),
  };
}

export function encode(bytes: ArrayBuffer): string {
  const text = Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function decode(text: string): ArrayBuffer {
  const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer;
}
