import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "react-router";
import { AttemptKeys } from "@/shared/api/attempt-key";
import { seasonQuery } from "@/shared/api/catalog";
import type { PlaceSeason } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { rereadOpenHolds } from "@/shared/api/open-holds";
import { useSession } from "@/shared/api/session";
import { freeKey, holdSeasonMutation } from "./api";

// Module-wide, so leaving the page and coming back during an unclear attempt still reuses its key.
const attempts = new AttemptKeys();

/** Asks for the places at all dates, one key an attempt; who is not known signs in first and comes back. */
export function useHoldSeason(seriesId: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const status = useSession((session) => session.status);
  const isPerson = status === "person";
  const signIn = () => navigate(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
  const { mutate, isPending, error, reset } = useMutation({
    ...holdSeasonMutation(seriesId),
    onSuccess: ({ seasonOrderId }) => {
      attempts.settle();
      void rereadOpenHolds(client);
      navigate(`/season-orders/${seasonOrderId}`);
    },
    onError: (refusal) => {
      attempts.settle(refusal);
      if (codeOf(refusal) === "AUTH003") void signIn();
    },
    // Whatever came of it, what is on the screen is out of date.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: freeKey });
      void client.invalidateQueries({ queryKey: seasonQuery(seriesId).queryKey });
    },
  });
  const hold = (asked: PlaceSeason) => {
    if (!isPerson) void signIn();
    else if (!isPending) mutate({ asked, key: attempts.keyFor([seriesId, asked]) });
  };
  return { hold, isPerson, isBooting: status === "booting", isHolding: isPending, error, reset };
}
