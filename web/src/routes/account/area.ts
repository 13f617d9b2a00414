// Who somebody is.
export { AccountRoute } from "./account";
export { RegisterRoute, SignInRoute } from "./auth";
