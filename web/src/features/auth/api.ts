import { mutationOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { LoginAnswer, TokenAnswer } from "@/shared/api/contract";
import { guestToken, startSession } from "@/shared/api/session";

export interface Credentials {
  email: string;
  password: string;
}
export interface Registration extends Credentials {
  fullName: string;
}

export const loginMutation = mutationOptions({
  mutationKey: ["login"],
  mutationFn: async (credentials: Credentials) => {
    const answer = await request<LoginAnswer>("/auth/login", {
      method: "POST",
      body: { ...credentials, guestToken: guestToken() },
    });
    if (!answer.mfaRequired) startSession(answer);
    return answer;
  },
});

export const mfaMutation = mutationOptions({
  mutationKey: ["login", "mfa"],
  mutationFn: async (proof: { mfaToken: string; code: string }) => {
    const answer = await request<TokenAnswer>("/auth/mfa/verify", {
      method: "POST",
      body: { ...proof, guestToken: guestToken() },
    });
    startSession(answer);
    return answer;
  },
});

export const registerMutation = mutationOptions({
  mutationKey: ["register"],
  mutationFn: async (registration: Registration) => {
    const answer = await request<TokenAnswer & { userId: string }>("/auth/register", {
      method: "POST",
      body: { ...registration, guestToken: guestToken() },
    });
    startSession(answer);
    return answer;
  },
});
