import type { UseMutationResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { codeOf } from "@/shared/api/errors";
import { needsStepUp } from "@/shared/api/step-up";
import type { WordKey } from "@/shared/i18n/setup";
import { Note } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";

type Said = Extract<WordKey, `set.${string}` | `adm.${string}`>;

/** Why a change was not made: in the words of this page where it has some, else in those of every page. */
export function Refused<Wish>({
  change,
  words,
}: {
  change: Pick<UseMutationResult<unknown, Error, Wish>, "error" | "variables" | "mutate">;
  words: Partial<Record<string, Said>>;
}) {
  const { t } = useTranslation();
  const said = words[codeOf(change.error) ?? ""];
  return said === undefined || needsStepUp(change.error) ? (
    <GuardOf change={change} />
  ) : (
    <Note tone="no" title={t(said as "set.team.lastOwner")} live />
  );
}
