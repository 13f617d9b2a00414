// The front page: what is on, and what is searched. Its words are the buyer's.
export { DiscoverRoute } from "./discover";
