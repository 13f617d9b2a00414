import { mutationOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { LoginAnswer, TokenAnswer } from "@/shared/api/contract";
import { guestToken, introduceGuest, startSession } from "@/shared/api/session";

/** The guest becomes a person of this e-mail, without a password, with what they hold. */
export const claimMutation = mutationOptions({
  mutationKey: ["claim"],
  mutationFn: (who: { email: string; fullName: string }) =>
    introduceGuest(async () => {
      const answer = await request<TokenAnswer>("/auth/guest/claim", { method: "POST", body: who });
      startSession(answer);
      return answer;
    }),
});

/** The guest had an account: what they hold goes there. */
export const signInHereMutation = mutationOptions({
  mutationKey: ["login", "here"],
  mutationFn: (credentials: { email: string; password: string }) =>
    introduceGuest(async () => {
      const body = { ...credentials, guestToken: guestToken() };
      const answer = await request<LoginAnswer>("/auth/login", { method: "POST", body });
      if (!answer.mfaRequired) startSession(answer);
      return answer;
    }),
});
