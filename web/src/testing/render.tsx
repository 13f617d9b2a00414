import { QueryClientProvider } from "@tanstack/react-query";
import { render, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect } from "vitest";
import { loadArea } from "@/app/areas";
import { makeQueryClient } from "@/app/query-client";
import { areasOf, routes } from "@/app/router";
import { endSession, startSession } from "@/shared/api/session";
import { setWireForTests } from "@/shared/realtime/connection";
import { FakeSocket } from "./fake-socket";

/** The whole app at one address, with a socket the test drives. */
export async function openApp(path: string, { signedIn = false } = {}) {
  const socket = new FakeSocket();
  setWireForTests(socket);
  if (signedIn) startSession({ token: "token-1", expiresAt: "2099-01-01T00:00:00Z" });
  else endSession();
  const client = makeQueryClient();
  // Repeats are part of the behaviour, their pauses are not.
  client.setDefaultOptions({ queries: { ...client.getDefaultOptions().queries, retryDelay: 1 } });
  const router = createMemoryRouter(routes, { initialEntries: [path] });
  await Promise.all(areasOf(path.replace(/\?.*/, "")).map(loadArea));
  const view = render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(router.state.initialized).toBe(true));
  return {
    ...view,
    socket,
    client,
    router,
    user: userEvent.setup(),
    path: () => router.state.location.pathname + router.state.location.search,
  };
}
