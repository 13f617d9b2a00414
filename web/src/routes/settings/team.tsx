import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changeRole,
  invitationsQuery,
  invite,
  membersQuery,
  removeMember,
  takeBack,
} from "@/features/settings/api";
import { Mfa } from "@/features/settings/mfa";
import { Refused } from "@/features/settings/refused";
import { RoleSelect } from "@/features/settings/role-select";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { Invitation, Member, OrganizationProfile, Role } from "@/shared/api/contract";
import { meQuery } from "@/shared/api/me";
import { useFormat } from "@/shared/i18n/format";
import { AskTwice } from "@/shared/ui/ask-twice";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Busy, LoadError, Note } from "@/shared/ui/states";
import { SettingsPage } from "./page";

const attempts = new AttemptKeys();

/** Who works for the organization, who is asked to, and what they need to sign in. */
export function TeamRoute() {
  return (
    <SettingsPage name="team">
      {(organization) => (
        <>
          <Members organization={organization} />
          {organization.role === "OWNER" && (
            <>
              <Invitations organizationId={organization.id} />
              <Mfa organization={organization} />
            </>
          )}
        </>
      )}
    </SettingsPage>
  );
}

function Members({ organization }: { organization: OrganizationProfile }) {
  const { t } = useTranslation();
  const members = useQuery(membersQuery(organization.id));
  return (
    <section className="card pad stack" aria-labelledby="members">
      <h2 className="h3" id="members">
        {t("set.team.members")}
      </h2>
      {members.isError && (
        <LoadError error={members.error} what={t("set.error.team")} retry={() => void members.refetch()} />
      )}
      {members.isPending && <div className="sk h-24" aria-busy="true" />}
      <ul className="org-list" aria-label={t("set.team.members")}>
        {(members.data ?? []).map((member) => (
          <MemberLine key={member.userId} organization={organization} member={member} />
        ))}
      </ul>
    </section>
  );
}

function MemberLine({ organization, member }: { organization: OrganizationProfile; member: Member }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const me = useQuery(meQuery);
  const isMe = me.data?.userId === member.userId;
  const isOwner = organization.role === "OWNER";
  const { queryKey } = membersQuery(organization.id);
  const again = () =>
    Promise.all([
      client.invalidateQueries({ queryKey }),
      isMe && client.invalidateQueries({ queryKey: meQuery.queryKey }),
    ]);
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(organization.id, member.userId, role),
    onSuccess: again,
  });
  const remove = useMutation({
    mutationFn: (_: null) => removeMember(organization.id, member.userId),
    onSuccess: again,
  });
  return (
    <li className="set-member">
      <div className="min-w-0">
        <b className="set-url">
          {member.fullName} {isMe && <span className="muted s13">{t("set.team.you")}</span>}
        </b>
        <p className="s13 muted set-url">{member.email}</p>
      </div>
      {isOwner ? (
        <RoleSelect
          id={`role-${member.userId}`}
          label={t("set.team.roleOf", { name: member.fullName })}
          hidden
          value={change.isPending ? change.variables : member.role}
          disabled={change.isPending}
          choose={change.mutate}
        />
      ) : (
        <span className="pill pill-off justify-self-start">{t(`set.role.${member.role}`)}</span>
      )}
      {(isOwner || isMe) && (
        <AskTwice
          words={t(isMe ? "set.team.leave" : "set.team.remove")}
          label={t(isMe ? "set.team.leave" : "set.team.removeOf", { name: member.fullName })}
          means={t(isMe ? "set.team.leaveMeans" : "set.team.removeMeans", { name: member.fullName })}
          isBusy={remove.isPending}
          act={() => remove.mutate(null)}
        />
      )}
      <Refused change={change} words={{ CONFLICT003: "set.team.lastOwner" }} />
      <Refused change={remove} words={{ CONFLICT003: "set.team.lastOwner" }} />
    </li>
  );
}

function Invitations({ organizationId }: { organizationId: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const invitations = useQuery(invitationsQuery(organizationId));
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("STAFF");
  const { queryKey } = invitationsQuery(organizationId);
  const ask = useMutation({
    mutationFn: (body: { email: string; role: Role }) =>
      invite(organizationId, body, attempts.keyFor({ organizationId, body })),
    onSuccess: () => {
      attempts.settle();
      setEmail("");
      return client.invalidateQueries({ queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate({ email: email.trim(), role });
  };
  return (
    <section className="card pad stack" aria-labelledby="invitations">
      <h2 className="h3" id="invitations">
        {t("set.team.invite")}
      </h2>
      <form className="stack gap-4" noValidate onSubmit={submit}>
        <div className="org-pair">
          <Field
            id="invite-email"
            type="email"
            inputMode="email"
            autoComplete="off"
            label={t("set.team.email")}
            hint={t("set.team.emailHint")}
            value={email}
            maxLength={254}
            onChange={({ target }) => setEmail(target.value)}
          />
          <RoleSelect id="invite-role" label={t("set.team.role")} value={role} choose={setRole} />
        </div>
        <button
          type="submit"
          className="btn btn-flood justify-self-start"
          disabled={ask.isPending || !/^\S+@\S+\.\S+$/.test(email.trim())}
        >
          {ask.isPending ? (
            <Busy>{t("set.team.inviting")}</Busy>
          ) : (
            <>
              <Icon name="mail" />
              {t("set.team.do")}
            </>
          )}
        </button>
      </form>
      {ask.isSuccess && <Note tone="ok" title={t("set.team.invited", { email: ask.variables.email })} live />}
      <Refused
        change={ask}
        words={{ VALIDATION001: "set.team.notAnAddress", CONFLICT003: "set.team.tooMany" }}
      />
      {invitations.isError && (
        <LoadError
          error={invitations.error}
          what={t("set.error.team")}
          retry={() => void invitations.refetch()}
        />
      )}
      {invitations.data !== undefined && invitations.data.length > 0 && (
        <>
          <h3 className="label">{t("set.team.open")}</h3>
          <ul className="org-list" aria-label={t("set.team.open")}>
            {invitations.data.map((invitation) => (
              <InvitationLine
                key={invitation.invitationId}
                organizationId={organizationId}
                invitation={invitation}
              />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function InvitationLine({ organizationId, invitation }: { organizationId: string; invitation: Invitation }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const back = useMutation({
    mutationFn: (_: null) => takeBack(organizationId, invitation.invitationId),
    onSettled: () => client.invalidateQueries({ queryKey: invitationsQuery(organizationId).queryKey }),
  });
  return (
    <li className="set-member">
      <div className="min-w-0">
        <span className="set-url">{invitation.email}</span>
        <p className="s13 muted">{t("set.team.until", { when: format.when(invitation.expiresAt) })}</p>
      </div>
      <span className="pill pill-off justify-self-start">{t(`set.role.${invitation.role}`)}</span>
      <button
        type="button"
        className="btn btn-line btn-sm justify-self-start"
        aria-label={t("set.team.takeBackOf", { email: invitation.email })}
        disabled={back.isPending}
        onClick={() => back.mutate(null)}
      >
        {t("set.team.takeBack")}
      </button>
      <Refused change={back} words={{}} />
    </li>
  );
}
