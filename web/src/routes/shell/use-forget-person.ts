import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useChoices } from "@/features/event/choice";
import { onToken } from "@/shared/api/session";

const PERSONAL = new Set<unknown>(["me", "orders", "tickets"]);

/** Whoever comes next on this device sees nothing of who was here: what was read, chosen and unlocked goes. */
export function useForgetPerson(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      onToken((token) => {
        if (token !== null) return;
        client.removeQueries({
          predicate: ({ queryKey }) => PERSONAL.has(queryKey[0]) || queryKey.includes("unlocked"),
        });
        useChoices.setState({ byEvent: {} });
      }),
    [client],
  );
}
