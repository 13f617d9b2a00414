import { matchRoutes, type RouteObject } from "react-router";
import { BrokenPage, BrokenPart } from "@/routes/shell/broken";
import { FirstPaint, FramedLayout, RootLayout } from "@/routes/shell/layout";
import { NotFoundRoute } from "@/routes/shell/not-found";
import { type BundleName, loadArea, screen } from "./areas";

// A screen that breaks takes down itself: inside the frame the header stays, outside it the page brings one.
const framed = { ErrorBoundary: BrokenPart };
const unframed = { ErrorBoundary: BrokenPage };

export const routes: RouteObject[] = [
  {
    Component: RootLayout,
    ErrorBoundary: BrokenPage,
    HydrateFallback: FirstPaint,
    children: [
      { path: "/events/:eventId", ...screen("buyer", "EventRoute"), ...unframed },
      { path: "/gate", ...screen("gate", "LastGateRoute"), ...unframed },
      { path: "/gate/:eventId", ...screen("gate", "GateRoute"), ...unframed },
      { path: "/gate/:eventId/box-office", ...screen("entry", "BoxOfficeRoute"), ...unframed },
      { path: "/events/:eventId/queue", ...screen("waiting", "WaitingRoute"), ...unframed },
      { path: "/events/:eventId/queue/check", ...screen("waiting", "CheckDrawRoute"), ...unframed },
      { path: "/checkout/:orderId", ...screen("checkout", "CheckoutRoute"), ...unframed },
      { path: "/season-orders/:seasonId", ...screen("season", "SeasonOrderRoute"), ...unframed },
      {
        path: "/organizer",
        ...screen("organizer", "OrganizerFrame"),
        ...unframed,
        children: [
          { index: true, ...screen("organizer", "EventsRoute"), ...framed },
          { path: "new", ...screen("organizer", "NewEventRoute"), ...framed },
          { path: "events/:eventId", ...screen("organizer", "LiveRoute"), ...framed },
          { path: "events/:eventId/edit", ...screen("organizer", "EditRoute"), ...framed },
          { path: "events/:eventId/queue", ...screen("queueControl", "QueueControlRoute"), ...framed },
          { path: "events/:eventId/gates", ...screen("entry", "EntryRoute"), ...framed },
          { path: "events/:eventId/messages", ...screen("organizer", "MessagesRoute"), ...framed },
          { path: "mails", ...screen("mails", "MailsRoute"), ...framed },
          { path: "orders", ...screen("organizer", "OrdersRoute"), ...framed },
          { path: "venues", ...screen("organizer", "VenuesRoute"), ...framed },
          { path: "events/:eventId/insight", ...screen("insight", "InsightRoute"), ...framed },
          { path: "venues/:venueId/chart", ...screen("chart", "ChartRoute"), ...framed },
          { path: ":organizationId/money", ...screen("money", "MoneyRoute"), ...framed },
          { path: ":organizationId/settings", ...screen("settings", "ProfileRoute"), ...framed },
          { path: ":organizationId/settings/team", ...screen("settings", "TeamRoute"), ...framed },
          { path: ":organizationId/settings/keys", ...screen("settings", "KeysRoute"), ...framed },
          { path: ":organizationId/settings/addresses", ...screen("settings", "AddressesRoute"), ...framed },
          { path: ":organizationId/settings/audit", ...screen("settings", "AuditRoute"), ...framed },
          { path: ":organizationId/settings/webhooks", ...screen("settings", "WebhooksRoute"), ...framed },
          {
            path: ":organizationId/settings/webhooks/:webhookId",
            ...screen("settings", "WebhookRoute"),
            ...framed,
          },
        ],
      },
      {
        path: "/admin",
        ...screen("admin", "AdminFrame"),
        ...unframed,
        children: [
          { index: true, ...screen("admin", "HealthRoute"), ...framed },
          { path: "people", ...screen("admin", "PeopleRoute"), ...framed },
          { path: "organizations", ...screen("admin", "OrganizationsRoute"), ...framed },
          { path: "flags", ...screen("admin", "FlagsRoute"), ...framed },
          { path: "money", ...screen("admin", "MoneyRoute"), ...framed },
          { path: "jobs", ...screen("admin", "JobsRoute"), ...framed },
          { path: "webhooks", ...screen("admin", "WebhooksRoute"), ...framed },
          { path: "audit", ...screen("admin", "AuditRoute"), ...framed },
        ],
      },
      {
        Component: FramedLayout,
        children: [
          { path: "/", ...screen("discover", "DiscoverRoute"), ...framed },
          { path: "/venues/:venueId", ...screen("venue", "VenueRoute"), ...framed },
          { path: "/series/:seriesId", ...screen("season", "SeasonRoute"), ...framed },
          { path: "/tickets", ...screen("wallet", "TicketsRoute"), ...framed },
          { path: "/tickets/:ticketId", ...screen("wallet", "TicketRoute"), ...framed },
          { path: "/transfers/:token", ...screen("wallet", "TransferRoute"), ...framed },
          { path: "/sign-in", ...screen("account", "SignInRoute"), ...framed },
          { path: "/register", ...screen("account", "RegisterRoute"), ...framed },
          { path: "/forgot", ...screen("account", "ForgotRoute"), ...framed },
          { path: "/reset", ...screen("account", "ResetRoute"), ...framed },
          { path: "/verify", ...screen("account", "VerifyRoute"), ...framed },
          { path: "/invitation", ...screen("account", "InvitationRoute"), ...framed },
          { path: "/account", ...screen("account", "AccountRoute"), ...framed },
          { path: "/account/orders", ...screen("account", "OrdersRoute"), ...framed },
          { path: "/account/orders/:orderId", ...screen("account", "OrderRoute"), ...framed },
          { path: "/account/security", ...screen("account", "SecurityRoute"), ...framed },
          { path: "/account/preferences", ...screen("account", "PreferencesRoute"), ...framed },
          { path: "/account/privacy", ...screen("account", "PrivacyRoute"), ...framed },
          { path: "*", Component: NotFoundRoute },
        ],
      },
    ],
  },
];

/** Which areas an address needs. */
export const areasOf = (path: string): BundleName[] =>
  (matchRoutes(routes, path) ?? []).flatMap(
    ({ route }) => (route.handle as { area: BundleName } | undefined)?.area ?? [],
  );

/** Fetches what lies behind a link as soon as somebody points at it, touches it or comes to it by keyboard. */
export function prefetchOnIntent(root: HTMLElement): void {
  const look = (event: Event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.origin !== window.location.origin) return;
    // Whoever really goes there is told of a failure; a wish may fail in silence.
    for (const area of areasOf(link.pathname)) loadArea(area).catch(() => undefined);
  };
  for (const name of ["pointerover", "touchstart", "focusin"])
    root.addEventListener(name, look, { passive: true });
}
