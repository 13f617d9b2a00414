import { solve } from "./sha256";

// Beside the page: it stays quick while the browser works for its place.
self.onmessage = ({ data }: MessageEvent<{ challenge: string; bits: number }>) => {
  self.postMessage(solve(data.challenge, data.bits));
};
