import { create } from "zustand";

export type ThemeChoice = "light" | "dark" | "system";
const KEY = "arenapulse.theme";

function stored(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

interface Theme {
  choice: ThemeChoice;
  /** What the page wears: the system may change it in the evening, and the choice stays as it was. */
  isDark: boolean;
  choose: (choice: ThemeChoice) => void;
}

export const useTheme = create<Theme>((set) => ({
  choice: stored(),
  isDark: document.documentElement.dataset.theme === "dark",
  choose: (choice) => {
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
    set({ choice });
    paint(choice);
  },
}));

function paint(choice: ThemeChoice): void {
  const dark =
    choice === "dark" || (choice === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  useTheme.setState({ isDark: dark });
}

/** Follows the system while the choice is "system". The first paint is public/theme-boot.js's. */
export function followSystemTheme(): void {
  window
    .matchMedia("(prefers-color-scheme: dark)")
    .addEventListener("change", () => paint(useTheme.getState().choice));
}
