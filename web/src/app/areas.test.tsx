import { screen, waitFor } from "@testing-library/react";
import { http } from "msw";
import { afterEach, describe, expect, it, vi } from "vitest";
import { setLanguage } from "@/shared/i18n/setup";
import { wordOf } from "@/shared/i18n/translate";
import { openApp } from "@/testing/render";
import { api, broken, ok, server } from "@/testing/server";
import { prefetchOnIntent } from "./router";

describe("going to another page", () => {
  it("takes the focus to the new heading, so that it is read out", async () => {
    const { user } = await openApp("/");
    expect(await screen.findByRole("heading", { level: 1 })).not.toHaveFocus();
    await user.click(screen.getAllByRole("link", { name: "My tickets" })[0] as HTMLElement);
    await waitFor(() => expect(screen.getByRole("heading", { level: 1 })).toHaveFocus());
  });

  it("waits at the beginning of the page until there is a heading", async () => {
    let answer: (() => void) | undefined;
    server.use(
      http.get(api("/events/:id"), async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return ok({ ...(await import("@/testing/fixtures")).event(), id: "event-1" });
      }),
    );
    const { user } = await openApp("/");
    await user.click(await screen.findByRole("link", { name: /Harbour City v Northgate/ }));
    await waitFor(() => expect(screen.getByRole("main")).toHaveFocus());
    await waitFor(() => expect(answer).toBeDefined());
    answer?.();
    expect(await screen.findByRole("heading", { level: 1 })).toHaveFocus();
  });
});

describe("a screen that breaks", () => {
  it("leaves the header and the tabs where they are", async () => {
    server.use(http.get(api("/tickets"), () => broken([null])));
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await openApp("/tickets", { signedIn: true });
    expect(await screen.findByRole("heading", { name: "This page broke" })).toBeVisible();
    expect(screen.getByRole("button", { name: /account and settings/i })).toBeVisible();
    expect(screen.getAllByRole("navigation", { name: "Main" })).toHaveLength(2);
  });
});

describe("languages", () => {
  afterEach(() => setLanguage("en"));

  it("bring the words of every area that was seen", async () => {
    await openApp("/");
    await setLanguage("de");
    const said = (key: string) => wordOf("de", key);
    expect(["nav.discover", "discover.title"].map(said)).toEqual(["Entdecken", "Für wen schreist du?"]);
  });
});

describe("a link that is pointed at", () => {
  it("has its area fetched, and addresses of others do not matter", async () => {
    const page = document.createElement("div");
    page.innerHTML = '<a href="/tickets"><b>Tickets</b></a><a href="https://elsewhere.test/tickets">Out</a>';
    prefetchOnIntent(page);
    for (const link of page.querySelectorAll("a, b"))
      link.dispatchEvent(new Event("pointerover", { bubbles: true }));
    await waitFor(() => expect(wordOf("en", "wallet.title")).toBeDefined());
  });
});
