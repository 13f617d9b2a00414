import type { ReactNode } from "react";
import { BowlArt } from "@/shared/map/bowl-art";
import type { PriceRank } from "@/shared/map/prices";

// A stadium that belongs to nobody, only to look at.
const SECTIONS = Array.from({ length: 46 }, (_, index) => ({
  id: `s${index}`,
  name: "",
  kind: "SEATED" as const,
  capacity: 1,
}));
const RANKS = new Map(
  SECTIONS.map((section, index) => [
    section.id,
    (index < 16 ? 3 : index < 26 ? 5 : (index % 2) + 1) as PriceRank,
  ]),
);

export function AuthLayout({ children }: { children: ReactNode }) {
  return (
    <main className="auth" id="main">
      <div className="auth-form">{children}</div>
      <div className="auth-art only-d" aria-hidden="true">
        <BowlArt sections={SECTIONS} ranks={RANKS} chosen="s11" />
      </div>
    </main>
  );
}
