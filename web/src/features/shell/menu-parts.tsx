import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { UserProfile } from "@/shared/api/contract";
import { signOut } from "@/shared/api/me";
import { Icon } from "@/shared/ui/icon";
import { CountedChoice, LanguageChoice, ThemeChoice } from "./preferences";

/** What the account's menu holds. */
export function MenuParts({
  me,
  isPerson,
  close,
}: {
  me: UserProfile | undefined;
  isPerson: boolean;
  close: () => void;
}) {
  return (
    <>
      {isPerson ? <PersonPart me={me} close={close} /> : <VisitorPart close={close} />}
      <hr />
      <ThemeChoice />
      <LanguageChoice id="menu-language" />
      <CountedChoice />
    </>
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
