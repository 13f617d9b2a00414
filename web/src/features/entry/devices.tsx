import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { AttemptKeys } from "@/shared/api/attempt-key";
import type { GateDeviceLine, MadeGateDevice } from "@/shared/api/contract";
import { useFormat } from "@/shared/i18n/format";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { QrCode } from "@/shared/ui/qr-code";
import { Busy, LoadError, Note, Panel } from "@/shared/ui/states";
import { useClock } from "@/shared/ui/use-now";
import { devicesQuery, lockOut, makeDevice } from "./api";

const attempts = new AttemptKeys();

/** Phones and scanners that may decide without a network: each reads a code once, and can be locked out. */
export function Devices({ eventId, gates }: { eventId: string; gates: readonly string[] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const devices = useQuery(devicesQuery(eventId));
  const [made, setMade] = useState<MadeGateDevice | null>(null);
  const make = useMutation({
    mutationFn: (wish: { name: string; gate: string | null }) =>
      makeDevice(eventId, wish, attempts.keyFor({ eventId, ...wish })),
    onSuccess: (device) => {
      attempts.settle();
      setMade(device);
      return client.invalidateQueries({ queryKey: devicesQuery(eventId).queryKey });
    },
    onError: (error) => attempts.settle(error),
  });
  const list = devices.data ?? [];
  const mine = list.find(({ deviceId }) => deviceId === made?.deviceId);
  return (
    <section className="stack gap-4" aria-labelledby="entry-devices">
      <h2 className="h3" id="entry-devices">
        {t("entry.devices.title")}
      </h2>
      <p className="muted entry-lead">{t("entry.devices.text")}</p>
      {made === null ? (
        <NewDevice gates={gates} isBusy={make.isPending} make={make.mutate} />
      ) : (
        <Code made={made} isRegistered={mine?.registered === true} done={() => setMade(null)} />
      )}
      {make.isError && (
        <LoadError error={make.error} what={t("entry.devices.notMade")} retry={() => make.reset()} />
      )}
      {devices.isError && (
        <LoadError
          error={devices.error}
          what={t("entry.devices.error")}
          retry={() => void devices.refetch()}
        />
      )}
      {devices.isPending && <div className="sk h-24" aria-busy="true" />}
      {devices.isSuccess && list.length === 0 && made === null && (
        <div className="card">
          <Panel icon="lock" title={t("entry.devices.none")} text={t("entry.devices.noneText")} />
        </div>
      )}
      {list.length > 0 && (
        <ul className="card org-list" aria-label={t("entry.devices.title")}>
          {list.map((device) => (
            <Line key={device.deviceId} eventId={eventId} device={device} />
          ))}
        </ul>
      )}
    </section>
  );
}

function NewDevice({
  gates,
  isBusy,
  make,
}: {
  gates: readonly string[];
  isBusy: boolean;
  make: (wish: { name: string; gate: string | null }) => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [gate, setGate] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") make({ name: name.trim(), gate: gate === "" ? null : gate });
  };
  return (
    <form className="entry-line" onSubmit={submit}>
      <Field
        id="device-name"
        label={t("entry.devices.name")}
        value={name}
        maxLength={64}
        autoComplete="off"
        onChange={(event) => setName(event.target.value)}
      />
      {gates.length > 0 && (
        <div className="field">
          <label htmlFor="device-gate">{t("entry.gate")}</label>
          <select
            id="device-gate"
            className="input"
            value={gate}
            onChange={(event) => setGate(event.target.value)}
          >
            <option value="">{t("entry.devices.anyGate")}</option>
            {gates.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </div>
      )}
      <button type="submit" className="btn btn-flood" disabled={isBusy || name.trim() === ""}>
        {isBusy ? <Busy>{t("entry.devices.making")}</Busy> : t("entry.devices.make")}
      </button>
    </form>
  );
}

/** What the device reads with its camera, once, within half an hour. */
function Code({
  made,
  isRegistered,
  done,
}: {
  made: MadeGateDevice;
  isRegistered: boolean;
  done: () => void;
}) {
  const { t } = useTranslation();
  const ends = Date.parse(made.expiresAt);
  const minutes = useClock((now) => Math.ceil(Math.max(0, ends - now) / 60_000));
  return (
    <div className="card pad entry-code">
      {isRegistered ? (
        <Note tone="ok" title={t("entry.devices.registered")} live />
      ) : minutes === 0 ? (
        <Note tone="warn" title={t("entry.devices.over")} live />
      ) : (
        <>
          <div className="entry-qr">
            <QrCode text={made.url} label={t("entry.devices.codeLabel")} />
          </div>
          <div className="stack">
            <p className="b">{t("entry.devices.read")}</p>
            <p className="s13 muted">{t("entry.devices.lasts", { count: minutes })}</p>
          </div>
        </>
      )}
      <button type="button" className="btn btn-line justify-self-start" onClick={done}>
        {t("entry.devices.done")}
      </button>
    </div>
  );
}

function Line({ eventId, device }: { eventId: string; device: GateDeviceLine }) {
  const { t } = useTranslation();
  const format = useFormat();
  const client = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const lock = useMutation({
    mutationFn: () => lockOut(eventId, device.deviceId),
    onSuccess: () => client.invalidateQueries({ queryKey: devicesQuery(eventId).queryKey }),
  });
  const state = device.revoked ? "locked" : device.registered ? "ready" : "waiting";
  const tone = { locked: "no", ready: "ok", waiting: "off" }[state];
  return (
    <li className="entry-device">
      <span className="min-w-0 grow">
        <b className="trunc block">{device.name}</b>
        <span className="s13 muted">
          {[device.gate, device.seenAt && t("entry.devices.seen", { time: format.when(device.seenAt) })]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
      <span className={`pill pill-${tone}`}>
        <Icon name={state === "locked" ? "lock" : state === "ready" ? "check" : "clock"} className="i-s" />
        {t(`entry.devices.state.${state}`)}
      </span>
      {!device.revoked && (
        <button
          type="button"
          className={isAsked ? "btn btn-no btn-sm" : "btn btn-line btn-sm"}
          aria-label={t("entry.devices.lockOf", { name: device.name })}
          disabled={lock.isPending}
          onBlur={() => setAsked(false)}
          onClick={() => (isAsked ? lock.mutate() : setAsked(true))}
        >
          {t(isAsked ? "entry.devices.sure" : "entry.devices.lock")}
        </button>
      )}
      {lock.isError && <Note tone="no" title={t("entry.devices.notLocked")} live />}
    </li>
  );
}
