// View secrets: 16 random bytes, whose text is seven groups of four of Crockford's
// digits, the last 12 bits of which are a checksum. docs/format.md, View secrets. A
// secret is kept as bytes, which can be overwritten; strings cannot.
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, base32, concat } from "./bytes.ts";
import { hkdf, unsalted } from "./hkdf.ts";

const digits = "0123456789abcdefghjkmnpqrstvwxyz";
const digitCount = 28; // 140 bits: the secret and the checksum

/** What a text was taken for: the secret, or why it is none. */
export type Parsed = { secret: Uint8Array } | { wrong: "none" | "cut" | "mistyped" };

/**
 * Reads a secret that somebody typed, or that came with a link. Case, spaces and
 * hyphens of every kind do not matter; o is 0, i and l are 1; what a mail program put
 * behind a link is passed over. "cut": good as far as it goes, but it is too short.
 */
export function parse(typed: string): Parsed {
  const text = typed
    .split(/[?&#/=]/, 1)[0]!
    .toLowerCase()
    .replace(/[\s\p{Pd}\p{Cf}\u2212_]/gu, "")
    .replace(/[.,;:!)>\]"'”’]+$/u, "")
    .replace(/o/g, "0")
    .replace(/[il]/g, "1");
  if (text === "") return { wrong: "none" };
  const values = Array.from(text, (c) => digits.indexOf(c));
  if (values.includes(-1) || values.length > digitCount) return { wrong: "mistyped" };
  if (values.length < digitCount) return { wrong: "cut" };
  const b = new Uint8Array(18); // 16 of secret, 12 bits of checksum, four of zero
  values.forEach((v, i) => {
    const at = (i * 5) >> 3;
    const pair = v << (11 - ((i * 5) & 7));
    b[at]! |= pair >> 8;
    b[at + 1]! |= pair & 255;
  });
  const secret = b.slice(0, 16);
  const sum = checksum(secret);
  if (sum[0] !== b[16] || sum[1] !== b[17]) return { wrong: "mistyped" };
  b.fill(0);
  return { secret };
}

function checksum(secret: Uint8Array): Uint8Array {
  const h = sha256(concat(ascii("medlem/v1/view\0"), secret));
  return Uint8Array.of(h[0]!, h[1]! & 0xf0);
}

/** The canonical text of a secret, as bytes: the passphrase of its page. */
export function text(secret: Uint8Array): Uint8Array {
  const b = concat(secret, checksum(secret), new Uint8Array(1));
  const out = new Uint8Array(digitCount + 6).fill(0x2d);
  for (let i = 0; i < digitCount; i++) {
    const at = (i * 5) >> 3;
    const pair = (b[at]! << 8) | b[at + 1]!;
    out[i + (i >> 2)] = digits.charCodeAt((pair >> (11 - ((i * 5) & 7))) & 31);
  }
  b.fill(0);
  return out;
}

/** Where the page of a secret lies, below the folder me/: "k7/k7qf….age". */
export function pagePath(secret: Uint8Array): string {
  const name = base32(hkdf(secret, unsalted, "medlem/v1/page").subarray(0, 16));
  return `${name.slice(0, 2)}/${name}.age`;
}
