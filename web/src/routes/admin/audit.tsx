import { Chain } from "@/features/admin/chain";
import { AuditLog } from "@/features/settings/audit-log";
import { AdminPage } from "./page";

const KINDS = [
  "sign_in.",
  "password.",
  "refresh.",
  "account.",
  "identity.",
  "organization.",
  "member.",
  "api_key.",
  "webhook.",
  "event.",
  "order.",
  "campaign.",
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
