import { notifyManager, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { takeBoot } from "./app/boot";
import { measure } from "./app/measure";
import { makeQueryClient } from "./app/query-client";
import { prefetchOnIntent, routes } from "./app/router";
import "./app/index.css";
import { bootSession, followTabs } from "./shared/api/session";
import { preferredLanguage, setLanguage, startI18n } from "./shared/i18n/setup";
import { withNextFrame } from "./shared/ui/painting";
import { followSystemTheme } from "./shared/ui/theme";
import { keepShell } from "./shared/ui/version";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

startI18n();
// Begins before the router, so that the first area comes in this language; English stays if it cannot be fetched.
const language = setLanguage(preferredLanguage()).catch(() => undefined);
followSystemTheme();
void bootSession();
followTabs();

// Ten frames a second, and whatever else comes, are drawn once an animation frame.
notifyManager.setScheduler(withNextFrame);
const client = makeQueryClient();
takeBoot(client, document);
const router = createBrowserRouter(routes);
prefetchOnIntent(root);
measure(router, client);
if (import.meta.env.PROD) keepShell();

void language.then(() =>
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
