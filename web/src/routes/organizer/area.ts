// The organizer's house, and the platform's.
export { AdminRoute } from "./admin";
export { NewEventRoute } from "./create";
export { EditRoute } from "./edit";
export { EventsRoute } from "./events";
export { OrganizerFrame } from "./frame";
export { LiveRoute } from "./live";
export { MessagesRoute } from "./messages";
export { OrdersRoute } from "./orders";
export { VenuesRoute } from "./venues";
