// A venue's page: what is known of the place, and what is on there. Its words are the buyer's.
export { VenueRoute } from "./venue";
