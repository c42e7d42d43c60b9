// What a page sends, as the program writes it: canonical YAML (docs/format.md,
// Requests and Padding).
import { ascii, base32 } from "./bytes.ts";

/** A value of a field: quoted text, true or false, a whole number, or a list of keys. */
export type Value = string | boolean | number | string[];

/** A request. Keys that are left out are not written. */
export interface Request {
  id: string;
  unit: string;
  kind?: "join" | "correct" | "confirm" | "copy" | "close" | "object" | "restrict";
  member?: string;
  reason?: string;
  note?: string;
  purpose?: string;
  from?: "member";
  sealed?: string; // base64 of the age file that holds the request itself
  set?: Map<string, Value>; // by the key of the field
  clear?: string[]; // keys of fields, or of purposes
}

/** A fresh id: 65 random bits, 13 characters. */
export const newID = (): string => base32(crypto.getRandomValues(new Uint8Array(9))).slice(0, 13);

/** The canonical YAML of r. */
export function yaml(r: Request): string {
  let out = "medlem: 1\n";
  for (const key of ["id", "unit", "kind", "member", "reason", "note", "purpose", "from", "sealed"] as const) {
    const v = r[key];
    if (v) out += line(key, v);
  }
  for (const [key, v] of r.set ?? []) out += line(`set ${key}`, v);
  if (r.clear?.length) out += line("clear", r.clear);
  return out;
}

function line(key: string, v: Value): string {
  if (Array.isArray(v)) return `${key}:\n${v.map((item) => `  - ${quoted(item)}\n`).join("")}`;
  return `${key}: ${typeof v === "string" ? quoted(v) : v}\n`;
}

const quoted = (s: string): string => `"${s.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;

/**
 * Brings what somebody typed to the form that a record holds: Unicode form NFC,
 * nothing invisible, one space where there were several, line breaks in notes alone
 * with at most one empty line in a row.
 */
export function tidy(typed: string, lines = false): string {
  const s = typed
    .replace(/\r\n/g, "\n")
    .replace(/[\ufeff\u00ad\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069]/g, "")
    .replace(/[\u2028\u2029]/g, "\n")
    .replace(/[\t\p{Zs}]/gu, " ")
    .replace(/[^\P{Cc}\n]|\p{Cs}|[\ufffd-\uffff]/gu, "")
    .normalize("NFC");
  if (!lines) return s.replace(/[ \n]+/g, " ").trim();
  return s
    .replace(/ *\n */g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/ {2,}/g, " ")
    .replace(/^[ \n]+|[ \n]+$/g, "");
}

/**
 * Pads text with a last line of "#" to size bytes, or from there to the next power of
 * two. It throws a RangeError where the result would be larger than most.
 */
export function pad(text: string, size: number, most: number): Uint8Array {
  const b = ascii(text);
  while (size < b.length + 2) size *= 2;
  if (size > most) throw new RangeError("the text is too long to be sent");
  const out = new Uint8Array(size).fill(0x23);
  out.set(b);
  out[size - 1] = 0x0a;
  b.fill(0);
  return out;
}
