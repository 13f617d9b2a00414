import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { Offer } from "@/shared/api/contract";

export const forgotMutation = mutationOptions({
  mutationKey: ["password", "forgot"],
  mutationFn: (body: { email: string }) => request<null>("/auth/password/forgot", { method: "POST", body }),
});

export const resetMutation = mutationOptions({
  mutationKey: ["password", "reset"],
  mutationFn: (body: { token: string; password: string }) =>
    request<null>("/auth/password/reset", { method: "POST", body }),
});

export const verifyMutation = mutationOptions({
  mutationKey: ["email", "verify"],
  mutationFn: (token: string) =>
    // Who is signed in here proves besides that the account is theirs; nobody has to be.
    request<null>("/auth/email/verify", { method: "POST", body: { token }, auth: "required" }),
});

export const resendMutation = mutationOptions({
  mutationKey: ["email", "resend"],
  mutationFn: () => request<null>("/auth/email/resend", { method: "POST" }),
});

const invitation = (token: string) => `/organizations/invitations/${encodeURIComponent(token)}`;

/** Whose invitation a link is: whoever has it may know before they sign in. */
export const offerQuery = (token: string) =>
  queryOptions({
    queryKey: ["invitation", token],
    queryFn: ({ signal }) => request<Offer>(invitation(token), { signal }),
    enabled: token !== "",
  });

export const acceptMutation = mutationOptions({
  mutationKey: ["invitation", "accept"],
  mutationFn: (token: string) =>
    request<{ role: string }>(`${invitation(token)}/accept`, {
      method: "POST",
      auth: "required",
    }),
});
