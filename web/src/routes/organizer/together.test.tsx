import { act, screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ownEventQuery } from "@/features/organizer/api";
import type { ArenaEvent, EventChange } from "@/shared/api/contract";
import { CHART, event, ME } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, refuse, server } from "@/testing/server";

const SIGNED_IN = { signedIn: true };
const EDIT = "/organizer/events/event-1/edit";
const NAME = "Harbour City v Northgate United";

/** A server that refuses stale versions, each answer of which can be kept waiting. */
function keeping(first: ArenaEvent) {
  const kept = {
    event: first,
    patched: [] as { version: string | null; body: EventChange }[],
    waiting: { read: Promise.resolve(), change: Promise.resolve() },
  };
  server.use(
    http.get(api("/events/:id"), async () => {
      const told = kept.event;
      await kept.waiting.read;
      return ok(told);
    }),
    http.patch(api("/events/:id"), async ({ request }) => {
      const body = (await request.json()) as EventChange;
      const version = request.headers.get("If-Match");
      kept.patched.push({ version, body });
      await kept.waiting.change;
      if (version !== `"${kept.event.version}"`) return refuse(412, "CONFLICT001");
      kept.event = { ...kept.event, ...body, version: kept.event.version + 1 } as ArenaEvent;
      return ok(kept.event);
    }),
    http.post(api("/events/:id/status"), async ({ request }) => {
      const { status } = (await request.json()) as { status: ArenaEvent["status"] };
      kept.event = { ...kept.event, status, version: kept.event.version + 1 };
      return ok(kept.event);
    }),
  );
  return kept;
}

function door() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** More than a draft waits before it saves itself. */
const pass = () => act(() => vi.advanceTimersByTimeAsync(2_000));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  server.use(
    http.get(api("/users/me"), () =>
      ok({ ...ME, memberships: [{ organizationId: "org-1", name: "Harbour City FC", role: "MANAGER" }] }),
    ),
    http.get(api("/venues/:id/charts/:chart"), () => ok(CHART)),
    http.get(api("/events/:id/promo-codes"), () => ok([])),
  );
});

afterEach(() => vi.useRealTimers());

const nameField = () => screen.findByLabelText("Name");

describe("two at one event", () => {
  it("saves what is typed while a draft is being saved", async () => {
    const kept = keeping(event({ status: "DRAFT", version: 4 }));
    const slow = door();
    kept.waiting.change = slow.opened;
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    await pass();
    await waitFor(() => expect(kept.patched).toHaveLength(1));
    await user.type(await nameField(), "?");
    // Its turn to be saved has come while the first is still under way.
    await pass();
    slow.open();
    await waitFor(() => expect(kept.event.version).toBe(5));
    await pass();
    await waitFor(() => expect(kept.event.name).toBe(`${NAME}!?`));
    expect(kept.patched.map(({ version }) => version)).toEqual(['"4"', '"5"']);
    expect(await screen.findByText(/^Saved /)).toBeInTheDocument();
  });

  it("keeps on the screen what is typed while theirs is read", async () => {
    const kept = keeping(event());
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    kept.event = { ...kept.event, description: "From the other one", version: 2 };
    const slow = door();
    kept.waiting.read = slow.opened;
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(kept.patched).toHaveLength(1));
    await user.type(await nameField(), "?");
    slow.open();
    await waitFor(() => expect(kept.event.version).toBe(3));
    expect(await nameField()).toHaveValue(`${NAME}!?`);
    expect(kept.event).toMatchObject({ name: `${NAME}!?`, description: "From the other one" });
  });

  it("sends nothing of a draft until it is decided whose it is", async () => {
    const kept = keeping(event({ status: "DRAFT" }));
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    kept.event = { ...kept.event, name: "Theirs", version: 2 };
    await pass();
    const note = await screen.findByRole("alert");
    await user.type(screen.getByLabelText("Description"), "More");
    await pass();
    expect(kept.patched).toHaveLength(1);
    expect(kept.event.name).toBe("Theirs");
    await user.click(within(note).getByRole("radio", { name: /Theirs:/ }));
    await user.click(within(note).getByRole("button", { name: "Save this" }));
    await waitFor(() => expect(kept.event.version).toBe(3));
    expect(kept.event.name).toBe("Theirs");
    expect(kept.patched.at(-1)?.version).toBe('"2"');
  });

  it("takes back by Undo one's own alone", async () => {
    const kept = keeping(event());
    const { user } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    kept.event = { ...kept.event, description: "From the other one", version: 2 };
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(kept.event.version).toBe(3));
    await user.click(await screen.findByRole("button", { name: "Undo" }));
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(kept.event.version).toBe(4));
    expect(kept.event).toMatchObject({ name: NAME, description: "From the other one" });
    expect(kept.patched.at(-1)?.body).toEqual({ name: NAME });
  });

  it("saves nothing by itself once it was published from this page", async () => {
    const kept = keeping(event({ status: "DRAFT", version: 4 }));
    const { user } = await openApp(EDIT, SIGNED_IN);
    await nameField();
    await user.click(await screen.findByRole("button", { name: "Publish" }));
    await waitFor(() => expect(kept.event.status).toBe("SCHEDULED"));
    await user.type(await nameField(), "!");
    expect(await screen.findByText("Changes are not saved")).toBeInTheDocument();
    await pass();
    expect(kept.patched).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(kept.event.name).toBe(`${NAME}!`));
    expect(kept.patched.map(({ version }) => version)).toEqual(['"5"']);
  });

  it("joins what is read anew with what is being written", async () => {
    const kept = keeping(event());
    const { user, client } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    kept.event = { ...kept.event, description: "From the other one", version: 2 };
    await act(() => client.refetchQueries({ queryKey: ownEventQuery("event-1").queryKey }));
    expect(await screen.findByDisplayValue("From the other one")).toBeInTheDocument();
    expect(await nameField()).toHaveValue(`${NAME}!`);
  });
});

describe("leaving the editor", () => {
  it("is asked about while changes of what fans see are not saved", async () => {
    keeping(event());
    const { user, path } = await openApp(EDIT, SIGNED_IN);
    await user.type(await nameField(), "!");
    await user.click(screen.getByRole("link", { name: "Venues" }));
    const asked = await screen.findByRole("dialog", { name: "Leave without saving?" });
    await user.click(within(asked).getByRole("button", { name: "Stay here" }));
    expect(path()).toBe(EDIT);
    expect(await nameField()).toHaveValue(`${NAME}!`);
    const closing = new Event("beforeunload", { cancelable: true });
    window.dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(true);
    await user.click(screen.getByRole("link", { name: "Venues" }));
    await user.click(await screen.findByRole("button", { name: "Leave" }));
    await waitFor(() => expect(path()).toBe("/organizer/venues"));
  });

  it("is not asked about where all is saved", async () => {
    keeping(event());
    const { user, path } = await openApp(EDIT, SIGNED_IN);
    await nameField();
    await user.click(screen.getByRole("link", { name: "Venues" }));
    await waitFor(() => expect(path()).toBe("/organizer/venues"));
  });
});
