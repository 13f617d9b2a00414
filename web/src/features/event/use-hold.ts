import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { availabilityKey } from "@/shared/api/catalog";
import type { OrderResponse, PlaceOrder } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useSession } from "@/shared/api/session";
import { holdMutation, rereadEvent } from "./api";
import { type Choice, useChoices } from "./choice";

// Module-wide, so leaving the page and coming back during an unclear attempt still reuses its key.
const attempts = new AttemptKeys();

/** Asks for the chosen places: one key an attempt, sign-in first when nobody is signed in. */
export function useHold(eventId: string, choice: Choice) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const status = useSession((session) => session.status);
  const spend = useChoices((state) => state.change);
  const [refusedFor, setRefusedFor] = useState<Choice | null>(null);

  const signIn = () => navigate(`/sign-in?next=${encodeURIComponent(pathname)}`);
  const mutation = useMutation({
    ...holdMutation,
    onSuccess: (order: OrderResponse) => {
      attempts.settle();
      client.setQueryData(["orders", order.orderId], order);
      // Held now, so no longer wished for: the way back offers nothing twice.
      spend(eventId, { sectionId: null, priceLevel: null, accessible: false });
      navigate(`/checkout/${order.orderId}`);
    },
    onError: (error) => {
      attempts.settle(error);
      setRefusedFor(choice);
      if (codeOf(error) === "AUTH003") signIn();
      // Whatever was refused, the numbers on the screen were wrong.
      void client.invalidateQueries({ queryKey: availabilityKey(eventId) });
      if (codeOf(error) === "EVENT003") rereadEvent(client, eventId);
    },
  });

  const hold = () => {
    if (choice.sectionId === null || choice.priceLevel === null || mutation.isPending) return;
    if (status === "visitor") return void signIn();
    const order: PlaceOrder = {
      eventId,
      tickets: [
        {
          sectionId: choice.sectionId,
          quantity: choice.quantity,
          priceLevel: choice.priceLevel,
          ...(choice.accessible && { accessible: true }),
        },
      ],
      paymentMethod: { type: "card" },
      ...(choice.promoCode !== null && { promoCode: choice.promoCode }),
    };
    mutation.mutate({ order, key: attempts.keyFor(order) });
  };

  // A refusal is about the choice it answered; another choice starts clean.
  const refusal = same(refusedFor, choice) ? mutation.error : null;
  return { hold, isHolding: mutation.isPending, refusal };
}

const same = (a: Choice | null, b: Choice): boolean =>
  a?.sectionId === b.sectionId &&
  a.quantity === b.quantity &&
  a.priceLevel === b.priceLevel &&
  a.promoCode === b.promoCode &&
  a.accessible === b.accessible;
