import { screen, waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { ManifestTicket } from "@/shared/api/contract";
import { keepsThings } from "@/testing/fake-storage";
import {
  admitted,
  atTheGate,
  gateManifest,
  gateTicket,
  network,
  SHOWN,
  serveGate,
  serveTwoGates,
} from "@/testing/gate";
import { openApp } from "@/testing/render";
import { ok, refuse } from "@/testing/server";

atTheGate();

const open = () => openApp(`/gate/${SHOWN.eventId}`, { signedIn: true });
/** As a hand scanner types it. */
async function read(user: UserEvent, field: HTMLElement): Promise<void> {
  await user.click(field);
  await user.paste(SHOWN.code);
  await user.keyboard("{Enter}");
}
const verdict = async () => (await screen.findByRole("alert")).getAttribute("data-verdict");

describe("the scanner", () => {
  it("says by word, colour and place that a ticket may go in, and then waits for the next", async () => {
    serveGate();
    const { user } = await open();
    await read(user, await screen.findByLabelText("Hand scanner or code"));
    expect(await verdict()).toBe("admitted");
    const panel = screen.getByRole("alert");
    expect(panel).toHaveClass("v-ok");
    expect(panel).toHaveTextContent("Admitted");
    expect(panel).toHaveTextContent("North");
    expect(panel).toHaveTextContent("Ada Kowalski");
    expect(screen.getByLabelText("Hand scanner or code")).toHaveValue("");
    await user.click(screen.getByRole("button", { name: "Next ticket" }));
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("says the number that stands on the seat, with a network and without", async () => {
    const seated = { row: "F", seat: 13, printedSeat: 125 };
    const answered = { ticket: { ...admitted(), row: "F", seat: 13 }, printedSeat: 125 };
    let tickets: ManifestTicket[] = [];
    serveGate(
      () => ok(gateManifest({ tickets })),
      ({ clientId }) => ok({ clientId, result: "ADMITTED", again: false, ...answered }),
    );
    // Sold a moment ago: the device hears of the seat with the answer.
    const first = await open();
    await screen.findByText("In step");
    await read(first.user, screen.getByLabelText("Hand scanner or code"));
    expect((await screen.findByRole("alert")).textContent).toMatch(/RowF.*Seat125/);
    expect(screen.getByRole("list", { name: "Last scans" })).toHaveTextContent("F · 125");
    first.unmount();
    keepsThings();
    tickets = [gateTicket(seated)];
    const { user } = await open();
    await screen.findByText("In step");
    network.isOnline = false;
    await user.type(screen.getByRole("searchbox", { name: "Find by name" }), "Kowalski");
    await user.click(await screen.findByRole("button", { name: /Ada Kowalski · North F 125/ }));
    expect((await screen.findByRole("alert")).textContent).toMatch(/RowF.*Seat125/);
  });

  it("shows that the server is being asked, until it has said no", async () => {
    let answer: () => void = () => undefined;
    serveGate(
      () => ok(gateManifest({ tickets: [] })),
      async () => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return refuse(409, "TICKET002");
      },
    );
    const { user } = await open();
    await screen.findByText("In step");
    await read(user, screen.getByLabelText("Hand scanner or code"));
    expect(await screen.findByText("The server is being asked.")).toBeInTheDocument();
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
    answer();
    expect(await screen.findByRole("alert")).toHaveClass("v-no");
    expect(screen.queryByText("The server is being asked.")).not.toBeInTheDocument();
  });

  it("is found again by the device's own icon", async () => {
    serveGate();
    localStorage.removeItem("arenapulse.gate");
    const none = await openApp("/gate", { signedIn: true });
    await screen.findByRole("heading", { name: "No gate was opened on this device" });
    none.unmount();
    (await open()).unmount();
    const { path } = await openApp("/gate", { signedIn: true });
    await waitFor(() => expect(path()).toBe(`/gate/${SHOWN.eventId}`));
  });

  it("hears a hand scanner whatever was touched last", async () => {
    serveGate();
    const { user } = await open();
    await screen.findByText("In step");
    const out = screen.getByRole("button", { name: "In" });
    await user.click(out);
    await user.click(out);
    expect(out).toHaveFocus();
    await user.keyboard(`${SHOWN.code}{Enter}`);
    expect(await verdict()).toBe("admitted");
    expect(out).toHaveAttribute("aria-pressed", "false");
    await user.click(screen.getByRole("button", { name: "Next ticket" }));
    await user.keyboard("hello{Enter}");
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("stands after a restart where it stood", async () => {
    serveGate();
    serveTwoGates();
    const first = await open();
    await first.user.selectOptions(await screen.findByLabelText("Gate"), "West");
    first.unmount();
    await open();
    expect(await screen.findByLabelText("Gate")).toHaveValue("West");
  });

  it("scans on without a network, by itself, and says what is kept", async () => {
    serveGate();
    const { user } = await open();
    const field = await screen.findByLabelText("Hand scanner or code");
    await screen.findByText("In step");
    network.isOnline = false;
    await read(user, field);
    expect(await verdict()).toBe("admitted");
    expect(await screen.findByText("No connection. Keep scanning.")).toBeInTheDocument();
    expect(screen.getByText(/1 scan is kept here/)).toBeInTheDocument();
  });

  it("is felt and heard too: once and high for who may go in, long and low for who may not", async () => {
    const pulses = vi.fn(() => true);
    Object.defineProperty(navigator, "vibrate", { value: pulses, configurable: true });
    const pitches: number[] = [];
    vi.stubGlobal(
      "AudioContext",
      class {
        currentTime = 0;
        destination = {};
        createOscillator() {
          const frequency = { value: 0 };
          return { frequency, type: "", connect() {}, start: () => pitches.push(frequency.value), stop() {} };
        }
      },
    );
    serveGate();
    const { user } = await open();
    await screen.findByText("In step");
    await read(user, await screen.findByLabelText("Hand scanner or code"));
    expect(await verdict()).toBe("admitted");
    await vi.waitFor(() => expect(pulses.mock.calls).toEqual([[[60]]]));
    expect(pitches).toEqual([1_320]);
    await user.click(screen.getByRole("button", { name: "Next ticket" }));
    network.isOnline = false;
    await read(user, screen.getByLabelText("Hand scanner or code"));
    expect(await verdict()).toBe("already");
    await vi.waitFor(() => expect(pulses.mock.calls.at(-1)).toEqual([[220, 80, 220]]));
    expect(pitches.slice(1)).toEqual([220, 180]);
    Reflect.deleteProperty(navigator, "vibrate");
    vi.unstubAllGlobals();
  });

  it("is told the gates there are, and scans at the one that is chosen", async () => {
    const everywhere = { sections: ["*"] };
    const asked = serveGate(() => ok(gateManifest({ gates: { East: everywhere, West: everywhere } })));
    const { user } = await open();
    await user.selectOptions(await screen.findByLabelText("Gate"), "West");
    await read(user, screen.getByLabelText("Hand scanner or code"));
    expect(await verdict()).toBe("admitted");
    expect(asked.scans).toEqual([expect.objectContaining({ gate: "West", direction: "IN" })]);
  });

  it("says that a device is not registered, and what a locked one is", async () => {
    serveGate();
    const first = await open();
    expect(await screen.findByText("This device is not registered")).toBeInTheDocument();
    first.unmount();
    serveGate(undefined, () => refuse(403, "AUTH004"));
    const { user } = await open();
    await read(user, await screen.findByLabelText("Hand scanner or code"));
    expect(await screen.findByRole("heading", { name: "This device is locked" })).toBeInTheDocument();
  });
});
