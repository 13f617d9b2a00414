import { useTranslation } from "react-i18next";
import type { Role } from "@/shared/api/contract";

const ROLES: readonly Role[] = ["OWNER", "MANAGER", "ANALYST", "STAFF"];

/** A role, with what it lets one do. */
export function RoleSelect({
  id,
  label,
  hidden = false,
  value,
  disabled = false,
  choose,
}: {
  id: string;
  label: string;
  /** The label is for ears alone, where what stands beside it says it to the eyes. */
  hidden?: boolean;
  value: Role;
  disabled?: boolean;
  choose: (role: Role) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="field">
      <label htmlFor={id} className={hidden ? "sr" : undefined}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        disabled={disabled}
        onChange={({ target }) => choose(target.value as Role)}
      >
        {ROLES.map((role) => (
          <option key={role} value={role}>
            {t(`set.role.${role}`)}
          </option>
        ))}
      </select>
      {!hidden && <p className="hint">{t(`set.may.${value}`)}</p>}
    </div>
  );
}
