import { useQuery } from "@tanstack/react-query";
import { type FocusEvent, type KeyboardEvent, Suspense, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { meQuery } from "@/shared/api/me";
import { useSession } from "@/shared/api/session";
import { Icon } from "@/shared/ui/icon";
import { later } from "@/shared/ui/later";

// Fetched once somebody comes near it.
const parts = () => import("./menu-parts");
const MenuParts = later(async () => (await parts()).MenuParts);

const initials = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .join("");

/** Who is signed in, and how the page looks and speaks. A disclosure: Escape or leaving it closes it. */
export function AccountMenu() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const isPerson = useSession((session) => session.status === "person");
  const me = useQuery({ ...meQuery, enabled: isPerson });
  const close = () => setOpen(false);
  // Who really opens it is told of a failure; a wish may fail in silence.
  const comeNear = () => void parts().catch(() => undefined);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    close();
    button.current?.focus();
  };
  const onBlur = (event: FocusEvent) => {
    if (!event.currentTarget.contains(event.relatedTarget)) close();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the wrapper only watches focus and Escape of what is inside
    <div className="relative" onKeyDown={onKeyDown} onBlur={onBlur}>
      <button
        ref={button}
        type="button"
        className="icon-btn -mr-1"
        aria-expanded={isOpen}
        aria-controls="account-menu"
        onPointerEnter={comeNear}
        onFocus={comeNear}
        aria-label={
          me.data
            ? t("menu.labelFor", { name: me.data.fullName, initials: initials(me.data.fullName) })
            : t("menu.label")
        }
        onClick={() => setOpen(!isOpen)}
      >
        <span className="avatar">{me.data ? initials(me.data.fullName) : <Icon name="user" />}</span>
      </button>
      {isOpen && (
        <div className="menu" id="account-menu">
          <Suspense fallback={<div className="sk h-32" aria-busy="true" />}>
            <MenuParts me={me.data} isPerson={isPerson} close={close} />
          </Suspense>
        </div>
      )}
    </div>
  );
}
