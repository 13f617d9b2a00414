import { mutationOptions } from "@tanstack/react-query";
import { request } from "@/shared/api/client";

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

export const acceptMutation = mutationOptions({
  mutationKey: ["invitation", "accept"],
  mutationFn: (token: string) =>
    request<{ role: string }>(`/organizations/invitations/${encodeURIComponent(token)}/accept`, {
      method: "POST",
      auth: "required",
    }),
});
