// The organizer's house.
export { NewEventRoute } from "./create";
export { EditRoute } from "./edit";
export { EventsRoute } from "./events";
export { OrganizerFrame } from "./frame";
export { LiveRoute } from "./live";
