import type { Verdict } from "./judging";

// What a scanner shows.

export interface Shown {
  id: string;
  verdict: Verdict;
  gate: string;
  at: number;
  isLocal: boolean;
}
export interface GateState {
  isReady: boolean;
  isOnline: boolean;
  /** Nothing goes out until somebody signs in again; the device decides alone meanwhile. */
  isSignedOut: boolean;
  isLocked: boolean;
  isRegistered: boolean;
  eventStatus: string | undefined;
  gates: readonly string[];
  /** Where this device stands: as it was registered, or as somebody chose here. */
  gate: string;
  kept: number;
  conflicts: number;
  admittedHere: number;
  inside: number;
  tickets: number;
  shown: Shown | null;
  /** Somebody stands before this device, which waits for the server's word. */
  isAsking: boolean;
  log: readonly Shown[];
}

export const NOTHING_YET: GateState = {
  isReady: false,
  isOnline: true,
  isSignedOut: false,
  isLocked: false,
  isRegistered: false,
  eventStatus: undefined,
  gates: [],
  gate: "A",
  kept: 0,
  conflicts: 0,
  admittedHere: 0,
  inside: 0,
  tickets: 0,
  shown: null,
  isAsking: false,
  log: [],
};
