// The bundle of an event's page; discover has its own, with the same words.
export { EventRoute } from "./event";
