import { mutationOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { allPages } from "@/shared/api/all-pages";
import { request } from "@/shared/api/client";
import type { TokenAnswer } from "@/shared/api/contract";
import type { components } from "@/shared/api/schema.gen";
import { startSession } from "@/shared/api/session";

type Schemas = components["schemas"];
export type Preferences = Schemas["Preferences"];
export type SessionView = Schemas["SessionView"];
export type PasskeyView = Schemas["PasskeyView"];
export type TotpView = Schemas["TotpView"];
export type RecoveryCodes = Schemas["RecoveryCodesView"];

const read = <T>(path: string, signal: AbortSignal) => request<T>(path, { signal, auth: "required" });
const send = <T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown) =>
  request<T>(path, { method, body, auth: "required" });

export const sessionsQuery = queryOptions({
  queryKey: ["account", "sessions"],
  queryFn: ({ signal }) => allPages<SessionView>("/auth/sessions", signal),
});
export const passkeysQuery = queryOptions({
  queryKey: ["account", "passkeys"],
  queryFn: ({ signal }) => read<PasskeyView[]>("/auth/passkeys", signal),
});
export const preferencesQuery = queryOptions({
  queryKey: ["account", "preferences"],
  queryFn: ({ signal }) => read<Preferences>("/users/me/preferences", signal),
});

export const methodsQuery = queryOptions({
  queryKey: ["account", "methods"],
  queryFn: ({ signal }) => read<{ methods: string[] }>("/auth/mfa", signal),
});

/** Whether there is a factor stands in the profile, and which ones in two lists. */
export const factorsChanged = (client: QueryClient) =>
  Promise.all(
    [["me"], methodsQuery.queryKey, passkeysQuery.queryKey].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  );

export const profileMutation = mutationOptions({
  mutationFn: (body: { fullName: string; phoneNumber: string | null }) => send("PATCH", "/users/me", body),
});
export const savePreferences = (body: Preferences) => send<Preferences>("PUT", "/users/me/preferences", body);
export const passwordMutation = mutationOptions({
  mutationFn: async (body: { currentPassword: string; newPassword: string }) => {
    startSession(await send<TokenAnswer>("POST", "/auth/password/change", body));
  },
});
export const endSessionMutation = mutationOptions({
  mutationFn: (id: string) => send("DELETE", `/auth/sessions/${id}`),
});
export const beginTotpMutation = mutationOptions({
  mutationFn: () => send<TotpView>("POST", "/auth/mfa/totp"),
});
export const confirmTotpMutation = mutationOptions({
  mutationFn: (code: string) => send<RecoveryCodes>("POST", "/auth/mfa/totp/confirm", { code }),
});
export const removeTotpMutation = mutationOptions({
  mutationFn: (code: string) => send("DELETE", "/auth/mfa/totp", { code }),
});
export const newCodesMutation = mutationOptions({
  mutationFn: () => send<RecoveryCodes>("POST", "/auth/mfa/recovery-codes"),
});
export const renamePasskeyMutation = mutationOptions({
  mutationFn: ({ id, name }: { id: string; name: string }) => send("PATCH", `/auth/passkeys/${id}`, { name }),
});
export const removePasskeyMutation = mutationOptions({
  mutationFn: (id: string) => send("DELETE", `/auth/passkeys/${id}`),
});
export const exportMutation = mutationOptions({
  mutationFn: () => request<unknown>("/users/me/export", { auth: "required" }),
});
export const eraseMutation = mutationOptions({
  mutationFn: (password: string) => send("DELETE", "/users/me", { password }),
});
