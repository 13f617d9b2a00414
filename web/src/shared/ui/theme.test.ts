import { expect, it, vi } from "vitest";
import { followSystemTheme, useTheme } from "./theme";

it("tells what is painted anew when the system changes in the evening", () => {
  let isDark = false;
  let change = () => {};
  vi.spyOn(window, "matchMedia").mockImplementation(
    () =>
      ({
        get matches() {
          return isDark;
        },
        addEventListener: (_: string, heard: () => void) => {
          change = heard;
        },
      }) as unknown as MediaQueryList,
  );
  useTheme.getState().choose("system");
  followSystemTheme();
  expect(useTheme.getState()).toMatchObject({ choice: "system", isDark: false });
  isDark = true;
  change();
  expect(useTheme.getState()).toMatchObject({ choice: "system", isDark: true });
  expect(document.documentElement.dataset.theme).toBe("dark");
});
