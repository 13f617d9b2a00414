// The platform's pages, for who administers it.
export { AuditRoute } from "./audit";
export { FlagsRoute } from "./flags";
export { AdminFrame } from "./frame";
export { HealthRoute } from "./health";
export { JobsRoute } from "./jobs";
export { MoneyRoute } from "./money";
export { OrganizationsRoute } from "./organizations";
export { PeopleRoute } from "./people";
export { WebhooksRoute } from "./webhooks";
