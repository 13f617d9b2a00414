import type { RouteObject } from "react-router";
import { AccountRoute } from "@/routes/account";
import { RegisterRoute, SignInRoute } from "@/routes/auth";
import { CheckoutRoute } from "@/routes/checkout";
import { DiscoverRoute } from "@/routes/discover";
import { EventRoute } from "@/routes/event";
import { FramedLayout, RootLayout } from "@/routes/layout";
import { BrokenRoute, NotFoundRoute } from "@/routes/not-found";
import { TicketRoute } from "@/routes/ticket";
import { TicketsRoute } from "@/routes/tickets";

export const routes: RouteObject[] = [
  {
    element: <RootLayout />,
    errorElement: <BrokenRoute />,
    children: [
      { path: "/events/:eventId", element: <EventRoute /> },
      { path: "/checkout/:orderId", element: <CheckoutRoute /> },
      {
        element: <FramedLayout />,
        children: [
          { path: "/", element: <DiscoverRoute /> },
          { path: "/tickets", element: <TicketsRoute /> },
          { path: "/tickets/:ticketId", element: <TicketRoute /> },
          { path: "/sign-in", element: <SignInRoute /> },
          { path: "/register", element: <RegisterRoute /> },
          { path: "/account", element: <AccountRoute /> },
          { path: "*", element: <NotFoundRoute /> },
        ],
      },
    ],
  },
];
