import { request } from "./client";
import type { TokenAnswer } from "./contract";
import { codeOf } from "./errors";
import { bootSession, currentToken, startGuest, useSession } from "./session";

// Run out, or not known any more.
const IS_OVER = ["AUTH002", "AUTH003"];

/** Does something as whoever is here; a visitor becomes a guest for it, who may hold places and nothing else. */
export async function asSomebody<T>(act: () => Promise<T>): Promise<T> {
  await bootSession();
  if (currentToken() === null) await admit();
  const wasGuest = useSession.getState().status === "guest";
  try {
    return await act();
  } catch (error) {
    // A guest's token cannot be renewed: whoever comes back after half an hour is another guest.
    if (!wasGuest || !IS_OVER.includes(codeOf(error) ?? "")) throw error;
    await admit();
    return act();
  }
}

async function admit(): Promise<void> {
  startGuest(await request<TokenAnswer>("/auth/guest", { method: "POST" }));
}
