import { useEffect } from "react";
import { push } from "./push";

const NOTES_HZ = [659.25, 880, 1318.5];
const NOTE_SECONDS = 0.22;
const BLINK_MS = 1_200;

/** Calls somebody back to the page while `calling`: three notes, and the tab's name that changes to and fro. */
export function useCall(calling: boolean, title: string): void {
  useEffect(() => {
    if (!calling) return;
    play();
    // Without it there are the sound and the tab's name.
    void push(title).catch(() => undefined);
    const before = document.title;
    let shown = false;
    const turn = () => {
      shown = !shown;
      document.title = shown || document.hasFocus() ? title : before;
    };
    turn();
    const timer = setInterval(turn, BLINK_MS);
    return () => {
      clearInterval(timer);
      document.title = before;
    };
  }, [calling, title]);
}

/** A browser that lets no page make a sound before it was touched stays silent. */
function play(): void {
  if (!("AudioContext" in window)) return;
  try {
    const audio = new AudioContext();
    NOTES_HZ.forEach((hertz, number) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + number * NOTE_SECONDS;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.18, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 2 * NOTE_SECONDS);
      tone.connect(volume).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 2 * NOTE_SECONDS);
    });
    setTimeout(() => void audio.close(), 2_000);
  } catch {
    // No sound device: the title and the dialog say it.
  }
}
