import { type RefObject, useEffect, useRef, useState } from "react";
import { stayingPart } from "./ticket-code";

// The camera and whatever reads QR codes from it: the browser's own detector, or a reader in WebAssembly.

const LOOK_MS = 120;
const SAME_MS = 3_000;
/** Of the service worker (public/sw.js), which gives it out of there and brings each release's. */
const READERS = "reader";

type Read = (video: HTMLVideoElement) => Promise<string | undefined>;
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
type DetectorMaker = {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
};

export type CameraState = "starting" | "running" | "refused";

/** Calls `found` with each code, once while it is held before the camera. */
export function useCamera(
  video: RefObject<HTMLVideoElement | null>,
  found: (text: string) => void,
): CameraState {
  const [state, setState] = useState<CameraState>("starting");
  const latest = useRef(found);
  latest.current = found;
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | undefined;
    const run = async () => {
      const element = video.current;
      if (element === null) return;
      try {
        const opening = navigator.mediaDevices.getUserMedia({
          video: { facingMode: "environment", width: { ideal: 1280 } },
        });
        // Meanwhile, and though the camera is refused: it is there when the network no longer is.
        const reading = reader();
        reading.catch(() => undefined);
        stream = await opening;
        if (isOver) return stop(stream);
        element.srcObject = stream;
        await element.play();
        const read = await reading;
        setState("running");
        await look(element, read);
      } catch {
        if (!isOver) setState("refused");
      }
    };
    const look = async (element: HTMLVideoElement, read: Read) => {
      const isNew = whileHeld();
      while (!isOver) {
        const text = await read(element).catch(() => undefined);
        if (text !== undefined && isNew(text, performance.now())) latest.current(text);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    };
    void run();
    return () => {
      isOver = true;
      if (stream !== undefined) stop(stream);
    };
  }, [video]);
  return state;
}

/** Whether a code is another than the one that is held there; its digits may turn meanwhile. */
export function whileHeld(): (text: string, now: number) => boolean {
  let last = "";
  let seenAt = Number.NEGATIVE_INFINITY;
  return (text, now) => {
    const held = stayingPart(text);
    const isNew = held !== last || now - seenAt > SAME_MS;
    last = held;
    seenAt = now;
    return isNew;
  };
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

async function reader(): Promise<Read> {
  const Own = (globalThis as { BarcodeDetector?: DetectorMaker }).BarcodeDetector;
  const formats: string[] = (await Own?.getSupportedFormats().catch(() => [])) ?? [];
  if (Own !== undefined && formats.includes("qr_code")) {
    const detector = new Own({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  return wasmReader();
}

async function wasmReader(): Promise<Read> {
  const [{ prepareZXingModule, readBarcodes }, { default: url }] = await Promise.all([
    import("zxing-wasm/reader"),
    import("zxing-wasm/reader/zxing_reader.wasm?url"),
  ]);
  await keepReader(url);
  await prepareZXingModule({ overrides: { locateFile: () => url }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (drawing === null || video.videoWidth === 0) return undefined;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    drawing.drawImage(video, 0, 0);
    const image = drawing.getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(image, { formats: ["QRCode"], maxNumberOfSymbols: 1 });
    return found[0]?.text;
  };
}

/** For a start without a network; a browser that keeps nothing, or has no room, reads as long as there is one. */
async function keepReader(url: string): Promise<void> {
  try {
    const cache = await caches.open(READERS);
    if ((await cache.match(url, { ignoreVary: true })) === undefined) await cache.add(url);
  } catch {
    // Asked for again at the next start.
  }
}
