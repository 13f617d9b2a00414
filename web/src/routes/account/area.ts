// Who somebody is.
export { AccountRoute } from "./account";
export { RegisterRoute, SignInRoute } from "./auth";
export { OrderRoute, OrdersRoute } from "./orders";
export { ForgotRoute, InvitationRoute, ResetRoute, VerifyRoute } from "./recover";
export { SecurityRoute } from "./security";
export { PreferencesRoute, PrivacyRoute } from "./settings";
