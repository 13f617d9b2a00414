import { screen, waitFor, within } from "@testing-library/react";
import { http } from "msw";
import { describe, expect, it } from "vitest";
import type { GivenAnswers, OrderAnswers, OrderResponse, Question } from "@/shared/api/contract";
import { order, unasked } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

const question = (id: string, changes: Partial<Question>): Question => ({
  ...{ id, text: id, kind: "TEXT", scope: "TICKET", required: false, retired: false },
  ...{ options: [], lengthMax: null, minimum: null, maximum: null },
  ...changes,
});
const SHIRT = question("shirt", {
  text: "Shirt size",
  kind: "CHOICE",
  required: true,
  options: ["S", "M"],
});
const CARS = question("cars", { text: "Cars", kind: "NUMBER", scope: "ORDER", minimum: 0, maximum: 3 });
const TERMS = question("terms", {
  ...{ text: "I know the rules", kind: "CHECKBOX", scope: "ORDER", required: true },
});

/** An order of two tickets whose event asks; what is sent lies in the answer. */
function asking(questions: Question[], change: Partial<OrderResponse> = {}, holderNames = true) {
  const sent: GivenAnswers[] = [];
  const serverTime = new Date().toISOString();
  const expiresAt = new Date(Date.now() + 480_000).toISOString();
  const held = order({ serverTime, expiresAt, ...change });
  let asked: OrderAnswers = {
    ...unasked(),
    form: { eventId: held.eventId, holderNames, answersUntil: null, questions },
    open: true,
    complete: false,
    tickets: held.tickets.map(({ ticketId, sectionId, row, seat }) => ({
      ...{ ticketId, sectionId, row: row ?? null, seat: seat ?? null, name: null },
      ...{ answers: {}, complete: false },
    })),
  };
  server.use(
    http.get(api("/orders/:id"), () => ok(held)),
    http.get(api("/orders/:id/answers"), () => ok(asked)),
    http.put(api("/orders/:id/answers"), async ({ request }) => {
      const body = (await request.json()) as GivenAnswers;
      sent.push(body);
      const answers = { ...asked.answers, ...body.answers } as OrderAnswers["answers"];
      asked = { ...asked, answers, complete: body.tickets?.length === held.tickets.length };
      return ok(asked);
    }),
  );
  return { sent, ids: held.tickets.map(({ ticketId }) => ticketId) };
}

const pay = () => screen.findByRole("button", { name: /^Pay €/ });
const tickets = () => screen.findAllByRole("group", { name: /^Ticket \d/ });

describe("an event that asks", () => {
  it("asks before the payment, each ticket and the order, and sends what was said", async () => {
    const { sent, ids } = asking([SHIRT, CARS, TERMS]);
    const { user } = await openApp("/checkout/order-1", { signedIn: true });
    expect(await screen.findByRole("heading", { level: 1, name: "Who is coming?" })).toBeInTheDocument();
    const [first, second] = await tickets();
    if (!first || !second) throw new Error("two tickets");
    // Who buys comes, most likely.
    expect(within(first).getByLabelText("Name of who comes")).toHaveValue("Fay Archer");
    await user.click(screen.getByRole("button", { name: "Continue to payment" }));
    // Nothing is sent while something is missing, and the first that is has the focus.
    expect(sent).toEqual([]);
    await waitFor(() => expect(within(first).getByLabelText("Shirt size")).toHaveFocus());
    expect(within(first).getByText("This must be answered")).toBeInTheDocument();
    await user.selectOptions(within(first).getByLabelText("Shirt size"), "M");
    await user.type(within(second).getByLabelText("Name of who comes"), "Bo");
    await user.selectOptions(within(second).getByLabelText("Shirt size"), "S");
    await user.type(screen.getByLabelText("Cars (optional)"), "4");
    await user.click(screen.getByLabelText("I know the rules"));
    await user.click(screen.getByRole("button", { name: "Continue to payment" }));
    expect(await screen.findByText("At most 3")).toBeInTheDocument();
    await user.clear(screen.getByLabelText("Cars (optional)"));
    await user.type(screen.getByLabelText("Cars (optional)"), "2");
    await user.click(screen.getByRole("button", { name: "Continue to payment" }));
    expect(await pay()).toBeInTheDocument();
    expect(sent).toEqual([
      {
        answers: { cars: 2, terms: true },
        tickets: [
          { ticketId: ids[0], name: "Fay Archer", answers: { shirt: "M" } },
          { ticketId: ids[1], name: "Bo", answers: { shirt: "S" } },
        ],
      },
    ]);
  });

  it("lets tickets wait, but not what the order itself must answer", async () => {
    const { sent } = asking([SHIRT, TERMS]);
    const { user } = await openApp("/checkout/order-1", { signedIn: true });
    const later = await screen.findByRole("button", { name: "Answer for the tickets later" });
    await user.click(later);
    expect(sent).toEqual([]);
    await user.click(screen.getByLabelText("I know the rules"));
    await user.click(later);
    expect(await pay()).toBeInTheDocument();
    expect(sent).toEqual([{ answers: { terms: true }, tickets: [] }]);
  });

  it("asks once where nothing must be answered", async () => {
    const { sent } = asking([CARS], {}, false);
    const { user } = await openApp("/checkout/order-1", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "Continue to payment" }));
    expect(await pay()).toBeInTheDocument();
    expect(sent).toEqual([{ answers: {}, tickets: [] }]);
  });

  it("says after the payment that answers are missing, and takes them", async () => {
    const { sent, ids } = asking([SHIRT], { status: "CONFIRMED", paymentStatus: "SUCCEEDED" }, false);
    const { user } = await openApp("/checkout/order-1", { signedIn: true });
    expect(await screen.findByText("Some answers are missing")).toBeInTheDocument();
    for (const ticket of await tickets())
      await user.selectOptions(within(ticket).getByLabelText("Shirt size"), "S");
    await user.click(screen.getByRole("button", { name: "Save the answers" }));
    expect(await screen.findByText("Your answers are saved")).toBeInTheDocument();
    expect(sent).toEqual([{ tickets: ids.map((ticketId) => ({ ticketId, answers: { shirt: "S" } })) }]);
  });
});
