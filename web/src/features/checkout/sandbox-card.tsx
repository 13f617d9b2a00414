import { useImperativeHandle, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { serverTime } from "@/shared/api/server-clock";
import { Field } from "@/shared/ui/field";
import { Icon } from "@/shared/ui/icon";
import { Note } from "@/shared/ui/states";
import type { TakenCard } from "./card-field";
import {
  cardOf,
  codeOnly,
  type Fault,
  faultsOf,
  groupedNumber,
  spacedExpiry,
  TEST_CARDS,
  type Typed,
} from "./test-cards";

const NOTHING: Typed = { number: "", expiry: "", code: "" };
const FIELD_OF: Record<Fault, keyof Typed> = {
  number: "number",
  noTest: "number",
  expiry: "expiry",
  code: "code",
};

/** The twin's card form: fields as on a real one, which know test numbers alone. Nothing typed here is sent or kept. */
export function SandboxCard({ ready }: { ready: (card: TakenCard | null) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(NOTHING);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const fields = useRef<HTMLDivElement>(null);
  const latest = useRef(typed);
  latest.current = typed;
  useImperativeHandle(
    ready,
    () => ({
      take: async () => {
        const found = faultsOf(latest.current, serverTime(Date.now()));
        setFaults(found);
        const [first] = found;
        if (first === undefined) return cardOf(latest.current.number)?.token ?? null;
        fields.current?.querySelector<HTMLInputElement>(`#card-${FIELD_OF[first]}`)?.focus();
        return null;
      },
    }),
    [],
  );
  const field = (name: keyof Typed, shape: (text: string) => string) => {
    const fault = faults.find((each) => FIELD_OF[each] === name);
    return {
      id: `card-${name}`,
      // Without a name it is part of no form, whoever would send one.
      name: "",
      label: t(`cardForm.${name}`),
      inputMode: "numeric" as const,
      value: typed[name],
      error: fault && t(`cardForm.wrong.${fault}`),
      onChange: ({ target }: { target: HTMLInputElement }) => {
        setTyped((before) => ({ ...before, [name]: shape(target.value) }));
        setFaults((before) => before.filter((each) => FIELD_OF[each] !== name));
      },
    };
  };
  const chosen = cardOf(typed.number);
  const fill = (number: string) => {
    const year = new Date(serverTime(Date.now())).getUTCFullYear() + 3;
    setTyped({ number: groupedNumber(number), expiry: spacedExpiry(`12${year % 100}`), code: "123" });
    setFaults([]);
  };
  return (
    <>
      <div className="stack gap-3" ref={fields}>
        <Field
          {...field("number", groupedNumber)}
          autoComplete="cc-number"
          placeholder="1234 1234 1234 1234"
        />
        <div className="grid grid-cols-2 gap-3 items-start">
          <Field {...field("expiry", spacedExpiry)} autoComplete="cc-exp" placeholder="MM / YY" />
          <Field {...field("code", codeOnly)} autoComplete="cc-csc" placeholder="123" />
        </div>
      </div>
      <Note tone="off" title={t("pay.sandbox.title")}>
        <p>{t("pay.sandbox.text")}</p>
      </Note>
      <fieldset className="stack gap-2">
        <legend className="label mb-2">{t("pay.card")}</legend>
        {TEST_CARDS.map(({ token, number }) => (
          <label className="opt opt-plain" key={token}>
            <input
              type="radio"
              name="card"
              value={token}
              checked={chosen?.token === token}
              onChange={() => fill(number)}
            />
            <span className="min-w-0">
              <b className="block">{t(`testCard.${token}.name`)}</b>
              <span className="s13 muted">{t(`testCard.${token}.text`)}</span>
              <span className="block s13 mono num">{groupedNumber(number)}</span>
            </span>
            <Icon name="card" />
          </label>
        ))}
      </fieldset>
    </>
  );
}
