import { PATHS } from "./icon-paths";

export type IconName = keyof typeof PATHS;

export function Icon({ name, className = "" }: { name: IconName; className?: string }) {
  const drawing = PATHS[name];
  const base = name.startsWith("g-") ? "g" : "i";
  return (
    <svg
      className={`${base} ${className}`}
      viewBox={name === "logo" ? "0 0 32 24" : "0 0 24 24"}
      aria-hidden="true"
    >
      {typeof drawing === "string" ? <path d={drawing} /> : drawing}
    </svg>
  );
}
