// What an organizer sets up and watches at the gates, and the desk that sells there.
export { BoxOfficeRoute } from "./box-office";
export { EntryRoute } from "./entry";
