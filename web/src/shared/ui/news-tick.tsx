import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { type News, newsMutation, newsQuery } from "@/shared/api/news";
import { FormError } from "./form-error";

/** Agrees to one organizer's news, or takes that back, by the tick alone. */
export function NewsTick({ news, children }: { news: News; children: ReactNode }) {
  const client = useQueryClient();
  const save = useMutation({
    ...newsMutation,
    onSettled: () => client.invalidateQueries({ queryKey: newsQuery.queryKey }),
  });
  const { organizationId, agreed } = news;
  return (
    <>
      <label className="tick-box">
        <input
          type="checkbox"
          checked={save.isPending ? save.variables.agreed : agreed}
          onChange={({ target }) => save.mutate({ organizationId, agreed: target.checked })}
        />
        {children}
      </label>
      <FormError error={save.error} />
    </>
  );
}
