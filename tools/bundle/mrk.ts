// The text of a key: BIP 173's Bech32 with the prefix mrk (docs/format.md, Keys and
// their text), as bytes that can be overwritten.
import { ascii, concat } from "./bytes.ts";
import { hkdf, unsalted } from "./hkdf.ts";

/** The key under which the holder of a view secret seals her request, as text. */
export function requestKey(secret: Uint8Array, unit: string, id: string): Uint8Array {
  return mrk(hkdf(secret, unsalted, `medlem/v1/request\0${unit}\0${id}`));
}

const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const prefix = "mrk";

/** The text of a key of 32 bytes, which are overwritten. */
export function mrk(key: Uint8Array): Uint8Array {
  const values: number[] = [];
  for (let bit = 0; bit < key.length * 8; bit += 5) {
    const pair = (key[bit >> 3]! << 8) | (key[(bit >> 3) + 1] ?? 0);
    values.push((pair >> (11 - (bit & 7))) & 31);
  }
  const codes = Array.from(prefix, (c) => c.charCodeAt(0));
  let sum = 1;
  for (const v of [...codes.map((c) => c >> 5), 0, ...codes.map((c) => c & 31), ...values, 0, 0, 0, 0, 0, 0]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ v;
    generators.forEach((g, i) => {
      if ((top >> i) & 1) sum ^= g;
    });
  }
  for (let i = 5; i >= 0; i--) values.push(((sum ^ 1) >> (5 * i)) & 31);
  const out = concat(ascii(`${prefix}1`), Uint8Array.from(values, (v) => alphabet.charCodeAt(v)));
  key.fill(0);
  values.fill(0);
  return out;
}
