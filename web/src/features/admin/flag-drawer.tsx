import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { aimFlag, type FlagTarget, flagsQuery } from "@/features/admin/api";
import { Drawer } from "@/shared/ui/drawer";
import { Field } from "@/shared/ui/field";
import { Note } from "@/shared/ui/states";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NAMED_MAX = 100;
const NOBODY: FlagTarget = { people: [], organizations: [], percentage: 0 };

/** For whom a switch is on: who is named, and a share of the others that keeps whom it had when it grows. */
export function FlagDrawer({
  name,
  target,
  close,
}: {
  name: string;
  target: FlagTarget | undefined;
  close: () => void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const id = useId();
  const given = target ?? NOBODY;
  const [people, setPeople] = useState(given.people.join(" "));
  const [organizations, setOrganizations] = useState(given.organizations.join(" "));
  const [share, setShare] = useState(String(given.percentage));
  const [isTried, setTried] = useState(false);
  const aim = useMutation({
    mutationFn: (to: FlagTarget | null) => aimFlag(name, to),
    onSuccess: (answer) => {
      client.setQueryData(flagsQuery.queryKey, answer);
      close();
    },
  });
  const wrong = {
    people: areIds(people) ? undefined : t("adm.aim.ids"),
    organizations: areIds(organizations) ? undefined : t("adm.aim.ids"),
    share: /^(\d{1,2}|100)$/.test(share.trim()) ? undefined : t("adm.aim.shareWrong"),
  };
  const save = () => {
    setTried(true);
    if (Object.values(wrong).some((each) => each !== undefined)) return;
    aim.mutate({ people: idsOf(people), organizations: idsOf(organizations), percentage: Number(share) });
  };
  return (
    <Drawer title={name} closing={t("set.close")} close={close}>
      <form
        className="stack"
        noValidate
        onSubmit={(submitted) => {
          submitted.preventDefault();
          save();
        }}
      >
        <p className="s13 muted">{t("adm.aim.means")}</p>
        <Field
          id={`${id}-share`}
          label={t("adm.aim.share")}
          hint={t("adm.aim.shareHint")}
          inputMode="numeric"
          value={share}
          error={isTried ? wrong.share : undefined}
          onChange={(changed) => setShare(changed.target.value)}
        />
        <Field
          id={`${id}-people`}
          label={t("adm.aim.people")}
          hint={t("adm.aim.idsHint")}
          value={people}
          error={isTried ? wrong.people : undefined}
          onChange={(changed) => setPeople(changed.target.value)}
        />
        <Field
          id={`${id}-organizations`}
          label={t("adm.aim.organizations")}
          hint={t("adm.aim.idsHint")}
          value={organizations}
          error={isTried ? wrong.organizations : undefined}
          onChange={(changed) => setOrganizations(changed.target.value)}
        />
        <div className="row flex-wrap">
          <button type="submit" className="btn btn-prim" disabled={aim.isPending}>
            {t("adm.aim.save")}
          </button>
          {target !== undefined && (
            <button
              type="button"
              className="btn btn-line"
              disabled={aim.isPending}
              onClick={() => aim.mutate(null)}
            >
              {t("adm.aim.all")}
            </button>
          )}
        </div>
        {aim.isError && <Note tone="no" title={t("adm.flags.notSet")} live />}
      </form>
    </Drawer>
  );
}

const idsOf = (text: string) => text.split(/[\s,;]+/).filter((each) => each !== "");

function areIds(text: string): boolean {
  const ids = idsOf(text);
  return ids.length <= NAMED_MAX && ids.every((each) => UUID.test(each));
}
