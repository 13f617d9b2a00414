// Who somebody is.
export { AccountRoute } from "./account";
export { RegisterRoute, SignInRoute } from "./auth";
export { ForgotRoute, InvitationRoute, ResetRoute, VerifyRoute } from "./recover";
export { SecurityRoute } from "./security";
export { PreferencesRoute, PrivacyRoute } from "./settings";
