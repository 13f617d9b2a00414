import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/shared/api/client";
import type { ArenaEvent } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { attentionQuery, changeEvent, ownEventQuery, readEvent, sectionsQuery } from "./api";
import { heldBack, type Plan, planned } from "./stock-plan";

interface Seats {
  rows: { label: string; seats: string }[];
}
interface Deed {
  sectionId: string;
  name: string;
  /** How many of it are free; `release` puts all of the chart up for sale, `restore` takes a deed back. */
  what:
    | { kind: "holdBack"; free: number; isSeated: boolean }
    | { kind: "release" }
    | { kind: "restore"; plan: Plan | undefined };
}
export interface Done {
  deed: Deed;
  before: Plan | undefined;
}

async function planOf(event: ArenaEvent, { sectionId, what }: Deed): Promise<Plan | undefined> {
  if (what.kind === "restore") return what.plan;
  if (what.kind === "release") return undefined;
  const plan = event.capacityConfig.sections[sectionId];
  if (!what.isSeated) return heldBack(plan, what.free, null);
  const { rows } = await request<Seats>(`/events/${event.id}/seats?sectionId=${sectionId}`);
  return heldBack(plan, what.free, rows);
}

/** Changes what of one section is for sale, upon whatever somebody else changed meanwhile. */
export function useStock(eventId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (deed: Deed): Promise<Done> => {
      const once = async (): Promise<Done> => {
        const event = await readEvent(eventId);
        const plan = await planOf(event, deed);
        const capacityConfig = planned(event.capacityConfig, deed.sectionId, plan);
        const saved = await changeEvent(eventId, event.version, { capacityConfig });
        client.setQueryData(ownEventQuery(eventId).queryKey, saved);
        return { deed, before: event.capacityConfig.sections[deed.sectionId] };
      };
      try {
        return await once();
      } catch (error) {
        if (codeOf(error) !== "CONFLICT001") throw error;
        return once();
      }
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: sectionsQuery(eventId).queryKey });
      void client.invalidateQueries({ queryKey: attentionQuery(eventId).queryKey });
    },
  });
}
