// The organizer's hand on a waiting room.
export { QueueControlRoute } from "./queue-control";
