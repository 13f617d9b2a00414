// What an organization decides about itself.
export { AddressesRoute } from "./addresses";
export { AuditRoute } from "./audit";
export { KeysRoute } from "./keys";
export { ProfileRoute } from "./profile";
export { TeamRoute } from "./team";
export { WebhookRoute } from "./webhook";
export { WebhooksRoute } from "./webhooks";
