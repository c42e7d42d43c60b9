// HKDF-SHA256 (RFC 5869) of 32 bytes, one block: all that is derived here has that size.
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, concat } from "./bytes.ts";

/** Derives 32 bytes. salt may have no bytes. */
export function hkdf(secret: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  const extracted = hmac(sha256, salt, secret);
  const out = hmac(sha256, extracted, concat(ascii(info), Uint8Array.of(1)));
  extracted.fill(0);
  return out;
}

/** No salt. */
export const unsalted = new Uint8Array(0);
