import { expect, it } from "vitest";
import { endSession, leaveSession, startSession } from "@/shared/api/session";
import { useChoices } from "./choice";

const chosen = () => useChoices.getState().byEvent["event-1"]?.promoCode;

it("goes with who signs out, and stays for who comes back after the session ran out", async () => {
  startSession({ token: "token-1", expiresAt: "2099-01-01T00:00:00Z" });
  useChoices.getState().change("event-1", { promoCode: "FRIENDS" });
  endSession();
  expect(chosen()).toBe("FRIENDS");
  startSession({ token: "token-2", expiresAt: "2099-01-01T00:00:00Z" });
  await leaveSession(() => Promise.reject(new Error("no answer")));
  expect(chosen()).toBeUndefined();
});
