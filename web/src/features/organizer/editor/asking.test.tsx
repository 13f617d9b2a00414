import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import type { AskedForm, NewForm } from "@/shared/api/contract";
import { event, NOTHING_ASKED } from "@/testing/fixtures";
import { openApp } from "@/testing/render";
import { api, ok, server } from "@/testing/server";

it("writes what is asked, keeps the ids of what was, and says what the server refuses", async () => {
  const sent: NewForm[] = [];
  let kept: AskedForm = {
    ...NOTHING_ASKED,
    questions: [
      {
        ...{ id: "q1", text: "Diet", kind: "TEXT", scope: "TICKET", required: false, retired: false },
        ...{ options: [], lengthMax: null, minimum: null, maximum: null },
      },
    ],
  };
  let refusal: Response | null = null;
  server.use(
    http.get(api("/events/:id"), () => ok(event({ status: "ON_SALE" }))),
    http.get(api("/events/:id/promo-codes"), () => ok([])),
    http.get(api("/organizations"), () => ok([{ id: "org-1", name: "Club", role: "OWNER" }])),
    http.get(api("/events/:id/questions"), () => ok(kept)),
    http.put(api("/events/:id/questions"), async ({ request }) => {
      if (refusal !== null) return refusal;
      const body = (await request.json()) as NewForm;
      sent.push(body);
      kept = { ...kept, holderNames: body.holderNames ?? false };
      return ok(kept);
    }),
  );
  const { user } = await openApp("/organizer/events/event-1/edit", { signedIn: true });
  const card = await screen.findByRole("region", { name: "Questions" });
  await within(card).findByDisplayValue("Diet");
  await user.click(within(card).getByLabelText(/Tickets are by name/));
  await user.click(within(card).getByRole("button", { name: "Add a question" }));
  const save = within(card).getByRole("button", { name: "Save the questions" });
  // A question without words is not sent.
  expect(save).toBeDisabled();
  await user.type(within(card).getByLabelText("Question 2"), "Shirt size");
  const [, second] = within(within(card).getByRole("list", { name: "Your questions" })).getAllByRole(
    "listitem",
  );
  if (second === undefined) throw new Error("two questions");
  await user.selectOptions(within(second).getByLabelText("Answer"), "CHOICE");
  await user.type(within(second).getByLabelText("Options"), "S{Enter}");
  expect(save).toBeDisabled();
  await user.type(within(second).getByLabelText("Options"), " M ");
  await user.click(within(second).getByLabelText("Must be answered"));
  await user.click(within(card).getByRole("button", { name: "Move question 2 up" }));
  await user.click(save);
  expect(await within(card).findByText("The questions are saved")).toBeInTheDocument();
  expect(sent).toEqual([
    {
      holderNames: true,
      answersUntil: null,
      questions: [
        { text: "Shirt size", kind: "CHOICE", scope: "TICKET", required: true, options: ["S", "M"] },
        { id: "q1", text: "Diet", kind: "TEXT", scope: "TICKET", required: false, lengthMax: null },
      ],
    },
  ]);
  const details = [{ field: "answersUntil", message: "must not lie after the event" }];
  refusal = HttpResponse.json(
    { success: false, error: { code: "VALIDATION001", message: "no", details } },
    { status: 422 },
  );
  await user.click(save);
  expect(await within(card).findByText(/must not lie after the event/)).toBeInTheDocument();
});
