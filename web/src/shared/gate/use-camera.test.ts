import { renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import vectors from "./ticket-code-vectors.json";
import { useCamera, whileHeld } from "./use-camera";

const [rotating, , printed] = vectors.codes;
if (!rotating || !printed) throw new Error("the vectors are not there");

describe("a code that is held before the camera", () => {
  it("is read once, though its digits turn meanwhile", () => {
    const isNew = whileHeld();
    const turned = `${rotating.code.slice(0, -6)}000000`;
    expect(turned).not.toBe(rotating.code);
    expect(isNew(rotating.code, 0)).toBe(true);
    expect(isNew(rotating.code, 120)).toBe(false);
    expect(isNew(turned, 240)).toBe(false);
    expect(isNew(turned, 3_000)).toBe(false);
  });

  it("is read again after a while, and so is another one", () => {
    const isNew = whileHeld();
    expect(isNew(rotating.code, 0)).toBe(true);
    expect(isNew(printed.code, 120)).toBe(true);
    expect(isNew(rotating.code, 240)).toBe(true);
    expect(isNew(rotating.code, 3_241)).toBe(true);
  });
});

describe("a browser that reads codes itself", () => {
  it("looks by its own detector, tells a code once, and lets go of the camera", async () => {
    const track = {
      isOn: true,
      stop: () => {
        track.isOn = false;
      },
    };
    const looked: unknown[] = [];
    const { code } = rotating;
    class Detector {
      static getSupportedFormats = async () => ["ean_13", "qr_code"];
      detect = async (source: unknown) => {
        looked.push(source);
        return looked.length < 2 ? [] : [{ rawValue: code }];
      };
    }
    vi.stubGlobal("BarcodeDetector", Detector);
    const mediaDevices = { getUserMedia: async () => ({ getTracks: () => [track] }) };
    Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: mediaDevices });
    onTestFinished(() => {
      vi.unstubAllGlobals();
      Reflect.deleteProperty(navigator, "mediaDevices");
    });
    const video = document.createElement("video");
    video.play = async () => undefined;
    const ref = { current: video };
    const told: string[] = [];
    const { result, unmount } = renderHook(() => useCamera(ref, (text) => void told.push(text)));
    await waitFor(() => expect(result.current).toBe("running"));
    await waitFor(() => expect(looked.length).toBeGreaterThan(3));
    expect(told).toEqual([code]);
    expect(new Set(looked)).toEqual(new Set([video]));
    unmount();
    expect(track.isOn).toBe(false);
  });
});
