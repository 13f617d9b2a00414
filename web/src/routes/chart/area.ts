// Drawing the house: the chart of a venue.
export { ChartRoute } from "./chart";
