// The organizer's house.
export { EventsRoute } from "./events";
export { OrganizerFrame } from "./frame";
export { LiveRoute } from "./live";
