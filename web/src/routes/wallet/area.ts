// What somebody has bought.
export { TicketRoute } from "./ticket";
export { TicketsRoute } from "./tickets";
export { TransferRoute } from "./transfer";
