// The organizer's house.
export { NewEventRoute } from "./create";
export { EditRoute } from "./edit";
export { EventsRoute } from "./events";
export { OrganizerFrame } from "./frame";
export { LiveRoute } from "./live";
export { MessagesRoute } from "./messages";
export { OrdersRoute } from "./orders";
export { VenuesRoute } from "./venues";
