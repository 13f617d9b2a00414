import { Suspense } from "react";
import { later } from "@/shared/ui/later";
import type { EventModel } from "./event-model";

// Who looks at the map does not wait for the list.
const SectionList = later(async () => (await import("./section-list")).SectionList);

/** The house in words, in place of the map. */
export function ListView({ model }: { model: EventModel }) {
  return (
    <Suspense fallback={<div className="lv" aria-busy="true" />}>
      <SectionList model={model} />
    </Suspense>
  );
}
