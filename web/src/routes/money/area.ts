// An organization's money.
export { MoneyRoute } from "./money";
