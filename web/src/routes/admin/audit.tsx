import { Chain } from "@/features/admin/chain";
import { AuditLog } from "@/features/settings/audit-log";
import { AdminPage } from "./page";

const KINDS = [
  "access.",
  "sign_in.",
  "mfa.",
  "passkey.",
  "session.",
  "step_up.",
  "password.",
  "refresh.",
  "account.",
  "identity.",
  "organization.",
  "member.",
  "api_key.",
  "webhook.",
  "event.",
  "series.",
  "rehearsal.",
  "gate_device.",
  "order.",
  "campaign.",
  "message.",
  "message_template.",
  "suppression.",
  "waitingroom.",
  "flags.",
  "jobs.",
  "due.",
] as const;

/** All that was changed on the platform, and whether the log is as it was written. */
export function AuditRoute() {
  return (
    <AdminPage name="audit">
      <Chain />
      <AuditLog path="/admin/audit" kinds={KINDS} />
    </AdminPage>
  );
}
