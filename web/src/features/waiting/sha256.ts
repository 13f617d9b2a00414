// SHA-256 (FIPS 180-4) of short texts, without waiting for each: a proof of work needs hundreds of thousands, and the
// browser's own digest is a promise a hash.

const K = Uint32Array.from(constants(64), (root) => root);

function constants(many: number): number[] {
  const made: number[] = [];
  for (let number = 2; made.length < many; number += 1) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= number; divisor += 1)
      if (number % divisor === 0) isPrime = false;
    if (isPrime) made.push(fraction(Math.cbrt(number)));
  }
  return made;
}

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

const START = Uint32Array.from([2, 3, 5, 7, 11, 13, 17, 19], (prime) => fraction(Math.sqrt(prime)));
const words = new Uint32Array(64);

const right = (value: number, by: number): number => (value >>> by) | (value << (32 - by));

/** The eight words of the digest of an ASCII text. */
export function sha256(text: string): Uint32Array {
  const length = text.length;
  const blocks = Math.ceil((length + 9) / 64);
  const bytes = new Uint8Array(blocks * 64);
  for (let at = 0; at < length; at += 1) bytes[at] = text.charCodeAt(at);
  bytes[length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, length * 8);
  const state = START.slice();
  for (let block = 0; block < blocks; block += 1) mix(state, view, block * 64);
  return state;
}

function mix(state: Uint32Array, view: DataView, offset: number): void {
  const w = words;
  for (let t = 0; t < 16; t += 1) w[t] = view.getUint32(offset + 4 * t);
  for (let t = 16; t < 64; t += 1) {
    const a = w[t - 15] as number;
    const b = w[t - 2] as number;
    const s0 = right(a, 7) ^ right(a, 18) ^ (a >>> 3);
    const s1 = right(b, 17) ^ right(b, 19) ^ (b >>> 10);
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t += 1) {
    const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (K[t] as number) + (w[t] as number)) | 0;
    const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((value, index) => {
    state[index] = ((state[index] as number) + value) | 0;
  });
}

/** How many zero bits the digest begins with. */
export function zeroBits(digest: Uint32Array): number {
  let bits = 0;
  for (const word of digest) {
    const leading = Math.clz32(word);
    bits += leading;
    if (leading < 32) break;
  }
  return bits;
}

/** The first answer to a challenge. */
export function solve(challenge: string, bits: number): number {
  let answer = 0;
  while (zeroBits(sha256(`${challenge}:${answer}`)) < bits) answer += 1;
  return answer;
}
