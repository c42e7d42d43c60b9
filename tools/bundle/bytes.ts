// Bytes and their texts.

/** The bytes of a text of ASCII characters; of any other, those of its UTF-8. */
export const ascii = (s: string): Uint8Array => new TextEncoder().encode(s);

export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** Base64 without padding, as age writes it. */
export const base64 = (b: Uint8Array): string => unpadded(padded64(b));

/** Base64 with padding, in pieces, since a call has not room for any number of arguments. */
export function padded64(b: Uint8Array): string {
  let s = "";
  for (let i = 0; i < b.length; i += 4096) s += String.fromCharCode(...b.subarray(i, i + 4096));
  return btoa(s);
}

/** Undoes base64, with or without padding; it throws at a text that base64 would not have made. */
export function unbase64(s: string): Uint8Array {
  const raw = atob(s);
  if (unpadded(btoa(raw)) !== unpadded(s)) throw Error("base64");
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

const unpadded = (s: string): string => s.replace(/=+$/, "");

const letters32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648's base32 in lower case, without padding; the last character may have bits over. */
export function base32(b: Uint8Array): string {
  let out = "";
  for (let bit = 0; bit < b.length * 8; bit += 5) {
    const i = bit >> 3;
    const pair = (b[i]! << 8) | (b[i + 1] ?? 0);
    out += letters32[(pair >> (11 - (bit & 7))) & 31];
  }
  return out;
}
