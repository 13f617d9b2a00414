import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { changePerson } from "@/features/admin/api";
import type { Person, PersonChange } from "@/shared/api/contract";
import { codeOf } from "@/shared/api/errors";
import { useFormat } from "@/shared/i18n/format";
import { Drawer } from "@/shared/ui/drawer";
import { Note } from "@/shared/ui/states";
import { GuardOf } from "@/shared/ui/step-up";

/** A person as an ADMIN sees them: what is known, and what may be changed. */
export function PersonDrawer({ person, close }: { person: Person; close: () => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (body: PersonChange) => changePerson(person.userId, body),
    onSuccess: () => client.invalidateQueries({ queryKey: ["admin", "users"] }),
  });
  const isAdmin = person.roles.includes("ADMIN");
  const facts = [
    ["email", person.email],
    ["verified", t(person.emailVerified ? "adm.yes" : "adm.no")],
    ["factor", t(person.mfaEnabled ? "adm.yes" : "adm.no")],
    ["since", format.date(person.createdAt)],
    ["id", person.userId],
  ] as const;
  return (
    <Drawer title={person.fullName} closing={t("set.close")} close={close}>
      <dl className="set-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(`adm.people.fact.${name}`)}</dt>
            <dd className="set-url num">{value}</dd>
          </div>
        ))}
      </dl>
      <p className="s13 muted">{t("adm.people.means")}</p>
      <div className="row flex-wrap mt-3">
        <button
          type="button"
          className={person.disabled ? "btn btn-line" : "btn btn-no"}
          disabled={change.isPending}
          onClick={() => change.mutate({ disabled: !person.disabled })}
        >
          {t(person.disabled ? "adm.people.enable" : "adm.people.disable")}
        </button>
        <button
          type="button"
          className="btn btn-line"
          disabled={change.isPending}
          onClick={() => change.mutate({ roles: isAdmin ? [] : ["ADMIN"] })}
        >
          {t(isAdmin ? "adm.people.takeAdmin" : "adm.people.giveAdmin")}
        </button>
        <Link className="btn btn-quiet" to={`/admin/audit?by=${person.userId}`}>
          {t("adm.people.deeds")}
        </Link>
      </div>
      {codeOf(change.error) === "CONFLICT003" ? (
        <Note tone="no" title={t(isAdmin ? "adm.people.lastAdmin" : "adm.people.unproved")} live />
      ) : (
        <GuardOf change={change} />
      )}
    </Drawer>
  );
}
