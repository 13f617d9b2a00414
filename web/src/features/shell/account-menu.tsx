import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FocusEvent, type KeyboardEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { UserProfile } from "@/shared/api/contract";
import { meQuery, signOut } from "@/shared/api/me";
import { useSession } from "@/shared/api/session";
import { Icon } from "@/shared/ui/icon";
import { LanguageChoice, ThemeChoice } from "./preferences";

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
          {isPerson ? <PersonPart me={me.data} close={close} /> : <VisitorPart close={close} />}
          <hr />
          <ThemeChoice />
          <LanguageChoice id="menu-language" />
        </div>
      )}
    </div>
  );
}

function PersonPart({ me, close }: { me: UserProfile | undefined; close: () => void }) {
  const { t } = useTranslation();
  return (
    <div>
      <p className="b wrap-anywhere">{me?.fullName}</p>
      <p className="s13 muted mb-2 wrap-anywhere">{me?.email}</p>
      <Link className="menu-link" to="/tickets" onClick={close}>
        <Icon name="ticket" />
        {t("nav.myTickets")}
      </Link>
      {me !== undefined && me.memberships.length > 0 && (
        <Link className="menu-link" to="/organizer" onClick={close}>
          <Icon name="chart" />
          {t("nav.organizer")}
        </Link>
      )}
      {me?.roles.includes("ADMIN") && (
        <Link className="menu-link" to="/admin" onClick={close}>
          <Icon name="shield" />
          {t("nav.platform")}
        </Link>
      )}
      <Link className="menu-link" to="/account" onClick={close}>
        <Icon name="user" />
        {t("nav.account")}
      </Link>
      <SignOutButton className="menu-link" done={close} />
    </div>
  );
}

export function SignOutButton({ className, done }: { className: string; done?: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const leave = async () => {
    await signOut();
    // What one person saw must not greet the next.
    client.clear();
    done?.();
  };
  return (
    <button type="button" className={className} onClick={leave}>
      <Icon name="out" />
      {t("nav.signOut")}
    </button>
  );
}

function VisitorPart({ close }: { close: () => void }) {
  const { t } = useTranslation();
  return (
    <div>
      <Link className="menu-link" to="/sign-in" onClick={close}>
        <Icon name="user" />
        {t("nav.signIn")}
      </Link>
      <Link className="menu-link" to="/register" onClick={close}>
        <Icon name="plus" />
        {t("nav.register")}
      </Link>
    </div>
  );
}
