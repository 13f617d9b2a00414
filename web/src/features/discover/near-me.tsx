import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "@/shared/ui/icon";

const WAIT_MS = 10_000;

/** Orders by distance; the place is known to a kilometre or so, for it stands in the address. */
export function NearMe({ isOn, choose }: { isOn: boolean; choose: (near: string) => void }) {
  const { t } = useTranslation();
  const [state, setState] = useState<"idle" | "asking" | "refused">("idle");
  const ask = () => {
    if (isOn) return choose("");
    setState("asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState("idle");
        choose(`${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`);
      },
      () => setState("refused"),
      { timeout: WAIT_MS, maximumAge: 600_000 },
    );
  };
  return (
    <>
      <button type="button" className="chip" aria-pressed={isOn} disabled={state === "asking"} onClick={ask}>
        <Icon name="pin" className="i-s" />
        {t("near.me")}
      </button>
      {state === "refused" && (
        <span className="s13 muted self-center" role="status">
          {t("near.refused")}
        </span>
      )}
    </>
  );
}
