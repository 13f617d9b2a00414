import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { makeQueryClient } from "./app/query-client";
import { routes } from "./app/router";
import "./app/index.css";
import { bootSession } from "./shared/api/session";
import { preferredLanguage, setLanguage, startI18n } from "./shared/i18n/setup";
import { followSystemTheme } from "./shared/ui/theme";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

startI18n();
followSystemTheme();
void bootSession();

const client = makeQueryClient();
const router = createBrowserRouter(routes);

// English stays if the wished language cannot be fetched.
void setLanguage(preferredLanguage())
  .catch(() => undefined)
  .then(() =>
    createRoot(root).render(
      <StrictMode>
        <QueryClientProvider client={client}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </StrictMode>,
    ),
  );
