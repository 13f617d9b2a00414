// The buyer's bundle: everything that is seen before a place is held.
export { DiscoverRoute } from "./discover";
export { EventRoute } from "./event";
