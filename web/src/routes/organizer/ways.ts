import type { WordKey } from "@/shared/i18n/setup";
import type { IconName } from "@/shared/ui/icon";

// The organizer's ways, all in this one place: a page that is new gets a line here and is in the navigation.

export interface Way {
  /** Behind the address that its list begins with. */
  to: string;
  icon: IconName;
  words: Extract<WordKey, `org.nav.${string}`>;
  /** With `g` before it leads there by keyboard; each stands once in all three lists. */
  key?: string;
  /** Lit at this very address alone, not at those below it. */
  isEnd?: boolean;
}

/** What the house has, behind `/organizer`. */
export const HOUSE: readonly Way[] = [
  { to: "", icon: "cal", words: "org.nav.events", key: "e", isEnd: true },
  { to: "/orders", icon: "list", words: "org.nav.orders", key: "o" },
  { to: "/venues", icon: "pin", words: "org.nav.venues", key: "v" },
  { to: "/mails", icon: "mail", words: "org.nav.mails", key: "m" },
];

/** What an event has, behind `/organizer/events/{id}`. */
export const EVENT: readonly Way[] = [
  { to: "", icon: "chart", words: "org.nav.live", key: "l", isEnd: true },
  { to: "/gates", icon: "gate", words: "org.nav.gates", key: "t" },
  { to: "/insight", icon: "chart", words: "org.nav.insight", key: "i" },
  { to: "/messages", icon: "mail", words: "org.nav.messages", key: "n" },
  { to: "/queue", icon: "users", words: "org.nav.queue", key: "q" },
  { to: "/edit", icon: "pencil", words: "org.nav.edit", key: "d" },
];

/** What an organization has of its own, behind `/organizer/{id}`. */
export const ORGANIZATION: readonly Way[] = [
  { to: "/money", icon: "card", words: "org.nav.money", key: "y" },
  { to: "/settings", icon: "cog", words: "org.nav.settings", key: "s" },
];
