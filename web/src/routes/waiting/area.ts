// In line for an event: waiting, one's turn, and the draw to check.
export { CheckDrawRoute } from "./check-draw";
export { WaitingRoute } from "./waiting";
