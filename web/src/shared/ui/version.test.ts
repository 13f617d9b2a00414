import { afterEach, expect, it, vi } from "vitest";
import { keepShell, takeNewVersion, useVersion } from "./version";

afterEach(() => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  useVersion.setState({ waiting: null, isIn: false });
});

it("a version that another tab let in is said here, and loads when this one's reader says so", () => {
  const reload = vi.fn();
  vi.stubGlobal("window", { location: { reload } });
  const container = Object.assign(new EventTarget(), { controller: {} });
  Object.defineProperty(navigator, "serviceWorker", { value: container, configurable: true });
  keepShell();
  container.dispatchEvent(new Event("controllerchange"));
  expect(reload).not.toHaveBeenCalled();
  expect(useVersion.getState().isIn).toBe(true);
  takeNewVersion();
  expect(reload).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});
