import { request } from "@/shared/api/client";
import type { GateDevice } from "@/shared/api/contract";

// What makes a telephone a device of the house.

export type Device = Pick<GateDevice, "deviceId" | "secret"> & { gate?: string | null };

/** By the code of the organizer's QR, which stands behind the #, where no server sees it; null without a good one. */
export async function deviceOfLink(): Promise<Device | null> {
  const code = /^#device=([\w-]+)$/.exec(window.location.hash)?.[1];
  if (code === undefined) return null;
  history.replaceState(history.state, "", window.location.pathname);
  try {
    const made = await request<GateDevice>("/gate-devices", { method: "POST", body: { code } });
    return { deviceId: made.deviceId, secret: made.secret, gate: made.gate ?? null };
  } catch {
    // Used or over: the device scans on, as one that is not registered.
    return null;
  }
}
