import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import { type AreaName, loadWords } from "@/shared/i18n/setup";

// An area is one bundle with its words, fetched when its first screen is asked for, or nearly so. Discover and venues share the
// buyer's words and not the bundle: an event is what a shared link opens, and it is on its own soonest. Season tickets share
// those of checkout, the platform's pages those of settings.

export type BundleName = AreaName | "discover" | "venue" | "season" | "admin";

const BORROWED: Record<Exclude<BundleName, AreaName>, AreaName> = {
  discover: "buyer",
  venue: "buyer",
  season: "checkout",
  admin: "settings",
};
const wordsOf = (bundle: BundleName): AreaName =>
  bundle in BORROWED ? BORROWED[bundle as keyof typeof BORROWED] : (bundle as AreaName);

const BUNDLES = {
  buyer: () => import("@/routes/buyer/area"),
  discover: () => import("@/routes/discover/area"),
  venue: () => import("@/routes/venue/area"),
  checkout: () => import("@/routes/checkout/area"),
  season: () => import("@/routes/season/area"),
  wallet: () => import("@/routes/wallet/area"),
  account: () => import("@/routes/account/area"),
  money: () => import("@/routes/money/area"),
  mails: () => import("@/routes/mails/area"),
  organizer: () => import("@/routes/organizer/area"),
  gate: () => import("@/routes/gate/area"),
  entry: () => import("@/routes/entry/area"),
  waiting: () => import("@/routes/waiting/area"),
  admin: () => import("@/routes/admin/area"),
  settings: () => import("@/routes/settings/area"),
  insight: () => import("@/routes/insight/area"),
  chart: () => import("@/routes/chart/area"),
  queueControl: () => import("@/routes/queue-control/area"),
} satisfies Record<BundleName, () => Promise<Record<string, ComponentType>>>;

type Bundle<Area extends BundleName> = Awaited<ReturnType<(typeof BUNDLES)[Area]>>;
type Screens = Record<string, ComponentType>;

const loaded = new Map<BundleName, Screens>();
const fetching = new Map<BundleName, Promise<Screens>>();

/** Fetches an area and its words once; after a failure the next call tries again. */
export async function loadArea(area: BundleName): Promise<void> {
  try {
    const [bundle] = await Promise.all([fetchOnce(area), loadWords(wordsOf(area))]);
    loaded.set(area, bundle);
  } catch (cause) {
    fetching.delete(area);
    throw new AreaMissing(area, { cause });
  }
}

function fetchOnce(area: BundleName): Promise<Screens> {
  const begun = fetching.get(area) ?? BUNDLES[area]();
  fetching.set(area, begun);
  return begun;
}

/** The bundle did not come: no connection, or a newer version has taken its place. */
export class AreaMissing extends Error {
  constructor(area: BundleName, options: ErrorOptions) {
    super(`The part "${area}" of the page could not be fetched`, options);
    this.name = "AreaMissing";
  }
}

/** One screen of an area, for the route table. */
export function screen<Area extends BundleName>(area: Area, name: keyof Bundle<Area> & string) {
  return {
    handle: { area },
    loader: async () => {
      await loadArea(area);
      return null;
    },
    shouldRevalidate: () => false,
    element: <Screen area={area} name={name} />,
  } satisfies RouteObject;
}

function Screen({ area, name }: { area: BundleName; name: string }) {
  const Page = loaded.get(area)?.[name];
  return Page === undefined ? null : <Page />;
}
