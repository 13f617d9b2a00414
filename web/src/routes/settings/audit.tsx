import { AuditLog } from "@/features/settings/audit-log";
import { SettingsPage } from "./page";

const KINDS = [
  "member.",
  "identity.",
  "organization.",
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
] as const;

/** What was changed in the organization; for its owners. */
export function AuditRoute() {
  return (
    <SettingsPage name="audit">
      {({ id }) => <AuditLog path={`/organizations/${id}/audit`} kinds={KINDS} />}
    </SettingsPage>
  );
}
