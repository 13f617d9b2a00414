// What an organizer learns afterwards.
export { InsightRoute } from "./insight";
