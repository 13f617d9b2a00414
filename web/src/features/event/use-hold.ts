import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { availabilityKey } from "@/shared/api/catalog";
import type { OrderResponse, PlaceOrder } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { rereadOpenHolds } from "@/shared/api/open-holds";
import { holdMutation, rereadEvent } from "./api";
import { linesOf, type Pick } from "./basket";

// Module-wide, so leaving the page and coming back during an unclear attempt still reuses its key.
const attempts = new AttemptKeys();

/** Asks for the picked places: one key an attempt. A visitor holds first and says who they are in the checkout. */
export function useHold(
  eventId: string,
  picks: readonly Pick[],
  { promoCode, spent }: { promoCode: string | null; spent: () => void },
) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const [refusedFor, setRefusedFor] = useState<string | null>(null);
  const wished = JSON.stringify([picks, promoCode]);

  const signIn = () => navigate(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
  const mutation = useMutation({
    ...holdMutation,
    onSuccess: (order: OrderResponse) => {
      attempts.settle();
      client.setQueryData(["orders", order.orderId], order);
      void rereadOpenHolds(client);
      // Held now, so no longer wished for: the way back offers nothing twice.
      spent();
      navigate(`/checkout/${order.orderId}`);
    },
    onError: (error, asked) => {
      attempts.settle(error);
      setRefusedFor(asked.wished);
      if (codeOf(error) === "AUTH003") signIn();
      // People go in one after the other: the place in line is where it goes on.
      if (codeOf(error) === "QUEUE001") navigate(`/events/${eventId}/queue`);
      // Whatever was refused, the numbers on the screen were wrong.
      void client.invalidateQueries({ queryKey: availabilityKey(eventId) });
      void client.invalidateQueries({ queryKey: ["events", eventId, "seats"] });
      if (codeOf(error) === "EVENT003") rereadEvent(client, eventId);
    },
  });

  const hold = () => {
    if (picks.length === 0 || mutation.isPending) return;
    const order: PlaceOrder = {
      eventId,
      tickets: linesOf(picks),
      paymentMethod: { type: "card" },
      ...(promoCode !== null && { promoCode }),
    };
    mutation.mutate({ order, key: attempts.keyFor(order), wished });
  };

  // A refusal is about the wish it answered; another one starts clean.
  const refusal = refusedFor === wished ? mutation.error : null;
  return { hold, isHolding: mutation.isPending, refusal };
}
