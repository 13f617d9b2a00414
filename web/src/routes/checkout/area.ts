// From the hold to the ticket.
export { CheckoutRoute } from "./checkout";
