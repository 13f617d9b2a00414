import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Suggestion } from "@/shared/api/contract";
import { Icon } from "@/shared/ui/icon";
import { useLate } from "@/shared/ui/use-late";
import { suggestQuery } from "./search";

const PAUSE_MS = 150;
// Somebody who types is not interrupted: it is said what there is once they pause.
const QUIET_MS = 900;

/** A field that proposes names as they are typed, and what is popular before that; arrows choose, Enter goes, Escape closes. */
export function SearchBox({ q, search }: { q: string; search: (q: string) => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const listId = useId();
  const [typed, setTyped] = useState(q);
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  // Another query from outside (Clear, the back button) remakes the words of the field.
  const [known, setKnown] = useState(q);
  if (known !== q) {
    setKnown(q);
    setTyped(q);
  }
  const isEmpty = typed.trim() === "";
  const late = useLate(typed.trim(), PAUSE_MS);
  const proposed = useQuery(suggestQuery(isEmpty ? "" : late, isEmpty ? isOpen : late !== "")).data;
  // Between the first letter and the pause nothing is proposed: what is popular was not typed for.
  const there = !isEmpty && late === "" ? [] : (proposed ?? []);
  const shown = isOpen ? there : [];
  const option = (index: number) => `${listId}-${index}`;

  const close = () => {
    setIsOpen(false);
    setChosen(-1);
  };
  const go = (words: string) => {
    close();
    setTyped(words);
    search(words);
  };
  const take = (suggestion: Suggestion) => {
    close();
    void navigate(`/${suggestion.type}s/${suggestion.id}`);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const suggestion = shown[chosen];
    if (suggestion) take(suggestion);
    else go(typed.trim());
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setIsOpen(true);
      // Before the first and behind the last lies the field itself.
      const places = there.length + 1;
      setChosen(((chosen + 1 + step + places) % places) - 1);
    } else if (event.key === "Escape" && shown.length > 0) {
      event.preventDefault();
      close();
    }
  };
  return (
    <search>
      <form className="searchbar" onSubmit={submit} onBlur={close}>
        <div className="affix">
          <Icon name="search" />
          <input
            className="input"
            type="search"
            name="q"
            maxLength={200}
            role="combobox"
            aria-label={t("search.label")}
            aria-autocomplete="list"
            aria-expanded={shown.length > 0}
            aria-controls={listId}
            aria-activedescendant={shown[chosen] ? option(chosen) : undefined}
            placeholder={t("search.placeholder")}
            value={typed}
            autoComplete="off"
            enterKeyHint="search"
            onKeyDown={move}
            onClick={() => setIsOpen(true)}
            onChange={(event) => {
              setTyped(event.target.value);
              setIsOpen(true);
              setChosen(-1);
              if (event.target.value === "" && q !== "") search("");
            }}
          />
          <button type="submit" className="icon-btn end" aria-label={t("search.go")}>
            <Icon name="arrow" />
          </button>
        </div>
        <div
          className="suggest"
          id={listId}
          role="listbox"
          aria-label={t(isEmpty ? "search.popular" : "search.suggestions")}
          hidden={shown.length === 0}
        >
          {isEmpty && (
            <p role="presentation" className="s13 muted suggest-head">
              {t("search.popular")}
            </p>
          )}
          {shown.map((each, index) => (
            // The keys are the field's: it keeps the focus and names the option it is at.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            // biome-ignore lint/a11y/useFocusableInteractive: see above
            <div
              key={each.id}
              id={option(index)}
              role="option"
              aria-selected={index === chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(each)}
            >
              <Icon name={each.type === "venue" ? "pin" : "ticket"} />
              <span className="clamp">{each.name}</span>
              <span className="s13 muted">{t(`search.kind.${each.type}`)}</span>
            </div>
          ))}
        </div>
      </form>
      <Count count={shown.length} />
    </search>
  );
}

/** How many proposals there are, for who does not see them. */
function Count({ count }: { count: number }) {
  const { t } = useTranslation();
  const settled = useLate(count, QUIET_MS);
  return (
    <p className="sr" role="status">
      {settled === count && count > 0 && t("search.proposed", { count })}
    </p>
  );
}
