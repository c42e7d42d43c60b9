// Reads and writes age v1 files (c2sp.org/age) of one form: exactly one scrypt
// stanza with log2(N) = 1. The passphrase has 128 random bits or more, so stretching
// it would only cost time; a file of any other form is refused before any work is
// done. docs/format.md, Files under a key.
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { equalBytes } from "@noble/ciphers/utils.js";
import { hmac } from "@noble/hashes/hmac.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ascii, base64, concat, unbase64 } from "./bytes.ts";
import { hkdf, unsalted } from "./hkdf.ts";

const chunkSize = 65536; // bytes of plaintext
const tagSize = 16; // bytes
const nonceSize = 16; // bytes before the chunks

/** The largest file that is opened, in bytes: 8 MiB, as members' pages. */
export const fileLimit = 8 << 20;

const headerForm =
  /^age-encryption\.org\/v1\n-> scrypt ([A-Za-z0-9+/]{22}) 1\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/;
const macLength = 1 + 43 + 1; // " ", the MAC, line feed: what stands behind "---"

/**
 * Opens file under passphrase. It throws where the file has
 * another form, is damaged or sealed under another: which, is nobody's business. The
 * caller overwrites passphrase and result.
 */
export function open(file: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const head = headerForm.exec(String.fromCharCode(...file.subarray(0, 160)));
  if (!head || file.length > fileLimit) throw Error("form");
  const [all, salt, body, mac] = head as unknown as [string, string, string, string];
  let fileKey: Uint8Array | undefined;
  try {
    fileKey = openOnce(wrapKey(passphrase, unbase64(salt)), new Uint8Array(12), unbase64(body));
    const want = headerMAC(fileKey, ascii(all.slice(0, -macLength)));
    if (!equalBytes(unbase64(mac), want)) throw Error("form");
    return openPayload(fileKey, file.subarray(all.length));
  } finally {
    fileKey?.fill(0);
  }
}

/** Seals a text of at most 8 MiB under passphrase, with a fresh salt, file key and nonce. The caller overwrites both. */
export function seal(text: Uint8Array, passphrase: Uint8Array): Uint8Array {
  const fileKey = random(16);
  const salt = random(16);
  const body = sealOnce(wrapKey(passphrase, salt), new Uint8Array(12), fileKey);
  const head = `age-encryption.org/v1\n-> scrypt ${base64(salt)} 1\n${base64(body)}\n---`;
  const mac = headerMAC(fileKey, ascii(head));
  const nonce = random(nonceSize);
  const key = hkdf(fileKey, nonce, "payload");
  const parts = [ascii(`${head} ${base64(mac)}\n`), nonce];
  const chunks = Math.max(1, Math.ceil(text.length / chunkSize));
  for (let i = 0; i < chunks; i++) {
    parts.push(sealOnce(key, chunkNonce(i, chunks), text.subarray(i * chunkSize, (i + 1) * chunkSize)));
  }
  fileKey.fill(0);
  key.fill(0);
  return concat(...parts);
}

/** Runs once through what opening takes, so that it is compiled before it counts. */
export function warm(): void {
  const zeros = new Uint8Array(16384);
  chacha20poly1305(wrapKey(zeros, zeros), zeros.subarray(0, 12)).encrypt(zeros);
}

function wrapKey(passphrase: Uint8Array, salt: Uint8Array): Uint8Array {
  return scrypt(passphrase, concat(ascii("age-encryption.org/v1/scrypt"), salt), { N: 2, r: 8, p: 1, dkLen: 32 });
}

function headerMAC(fileKey: Uint8Array, head: Uint8Array): Uint8Array {
  return hmac(sha256, hkdf(fileKey, unsalted, "header"), head);
}

function openPayload(fileKey: Uint8Array, payload: Uint8Array): Uint8Array {
  const key = hkdf(fileKey, payload.subarray(0, nonceSize), "payload");
  const rest = payload.subarray(nonceSize);
  const sealedSize = chunkSize + tagSize;
  const chunks = Math.max(1, Math.ceil(rest.length / sealedSize));
  const out = new Uint8Array(rest.length - chunks * tagSize); // throws where there is too little
  for (let i = 0; i < chunks; i++) {
    const text = openOnce(key, chunkNonce(i, chunks), rest.subarray(i * sealedSize, (i + 1) * sealedSize));
    if (text.length === 0 && chunks > 1) throw Error("form");
    out.set(text, i * chunkSize);
    text.fill(0);
  }
  key.fill(0);
  return out;
}

/** The nonce of chunk i of n: a counter, of which one byte is enough for the largest file, and 1 for the last. */
function chunkNonce(i: number, n: number): Uint8Array {
  const nonce = new Uint8Array(12);
  nonce[10] = i;
  nonce[11] = i === n - 1 ? 1 : 0;
  return nonce;
}

const openOnce = (key: Uint8Array, nonce: Uint8Array, b: Uint8Array) => chacha20poly1305(key, nonce).decrypt(b);
const sealOnce = (key: Uint8Array, nonce: Uint8Array, b: Uint8Array) => chacha20poly1305(key, nonce).encrypt(b);

const random = (n: number) => crypto.getRandomValues(new Uint8Array(n));
