import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LANGUAGES, type Language, setLanguage } from "@/shared/i18n/setup";
import { browserForbids, isRefused, refuse } from "@/shared/measuring/consent";
import { Icon, type IconName } from "@/shared/ui/icon";
import { type ThemeChoice as Choice, useTheme } from "@/shared/ui/theme";

const THEMES: [Choice, IconName][] = [
  ["light", "sun"],
  ["dark", "moon"],
  ["system", "monitor"],
];

export function ThemeChoice() {
  const { t } = useTranslation();
  const { choice, choose } = useTheme();
  return (
    <div className="field">
      <span className="label">{t("theme.label")}</span>
      <div className="seg seg-wide" role="group" aria-label={t("theme.label")}>
        {THEMES.map(([theme, icon]) => (
          <button key={theme} type="button" aria-pressed={choice === theme} onClick={() => choose(theme)}>
            <Icon name={icon} className="i-s" />
            {t(`theme.${theme}`)}
          </button>
        ))}
      </div>
    </div>
  );
}

export function LanguageChoice({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="field">
      <label htmlFor={id}>{t("language.label")}</label>
      <select
        id={id}
        className="input"
        value={i18n.language}
        onChange={(event) => void setLanguage(event.target.value as Language)}
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Whether this browser's visits are counted for organizers; what the browser itself forbids cannot be allowed here. */
export function CountedChoice() {
  const { t } = useTranslation();
  const [isCounted, setCounted] = useState(() => !isRefused());
  const isForbidden = browserForbids();
  return (
    <div>
      <label className="tick-box">
        <input
          type="checkbox"
          checked={isCounted && !isForbidden}
          disabled={isForbidden}
          onChange={({ target }) => {
            refuse(!target.checked);
            setCounted(target.checked);
          }}
        />
        {t("counted.label")}
      </label>
      <p className="hint">{t(isForbidden ? "counted.forbidden" : "counted.means")}</p>
    </div>
  );
}
