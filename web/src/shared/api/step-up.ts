import { mutationOptions } from "@tanstack/react-query";
import { request } from "./client";
import type { TokenAnswer } from "./contract";
import { ApiError } from "./errors";
import { startSession } from "./session";

export const stepUpMutation = mutationOptions({
  mutationFn: async (body: { password: string } | { code: string }) => {
    const fresh = await request<TokenAnswer>("/auth/step-up", { method: "POST", body, auth: "required" });
    startSession(fresh);
  },
});

/** The server wants to know that it is still the same person. */
export const needsStepUp = (error: unknown): boolean =>
  error instanceof ApiError && error.code === "AUTH005" && error.field("stepUp") !== undefined;
