import type { Tone } from "./judging";

// Told by ear and hand too: the eyes are on the crowd.

const TONES: Record<Tone, readonly [number, number][]> = {
  ok: [[1_320, 0.12]],
  warn: [
    [660, 0.12],
    [660, 0.12],
  ],
  no: [
    [220, 0.22],
    [180, 0.32],
  ],
};
const PULSES: Record<Tone, number[]> = { ok: [60], warn: [80, 60, 80], no: [220, 80, 220] };
let context: AudioContext | undefined;

export function signal(tone: Tone): void {
  if ("vibrate" in navigator) navigator.vibrate(PULSES[tone]);
  try {
    context ??= new AudioContext();
    let at = context.currentTime;
    for (const [pitch, seconds] of TONES[tone]) {
      const sound = context.createOscillator();
      sound.frequency.value = pitch;
      sound.type = tone === "no" ? "square" : "sine";
      sound.connect(context.destination);
      sound.start(at);
      sound.stop(at + seconds);
      at += seconds + 0.05;
    }
  } catch {
    // Nobody has touched the page yet, and browsers keep it silent until then.
  }
}
