// Tickets for all dates of a series; what they say lies with the checkout's words.
export { SeasonRoute } from "./season";
export { SeasonOrderRoute } from "./season-order";
