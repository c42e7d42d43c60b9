// An officer's identity file, and the passkey that may stand for it on one device.
// docs/format.md, Identity files. Of the file only the age identities are used here:
// never the signing key, which is not kept by a passkey either.
import { armor, Decrypter, Encrypter, webauthn } from "age-encryption";
import { padded64, unbase64 } from "./bytes.ts";

/** The largest identity file, in bytes. */
export const fileLimit = 64 << 10;

const keptLimit = 60; // age identities in a file
const place = "medlem-office"; // in localStorage: "<credential> <sealed identities>", which the passkey alone opens

/** Why an identity is not to be had: the key of the text that says so. */
export class IdentityError extends Error {
  constructor(readonly why: "no-identity" | "wrong-passphrase" | "no-passphrase" | "passkey-declined") {
    super(why);
  }
}

/** The age identities in a file, newest first, opened with the passphrase if it is sealed. It throws an IdentityError. */
export async function identities(file: Uint8Array, passphrase: string): Promise<string[]> {
  let text = file;
  const start = new TextDecoder("latin1").decode(file.subarray(0, 64));
  if (start.startsWith("age-encryption.org/v1\n") || start.trimStart().startsWith("-----BEGIN AGE")) {
    if (passphrase === "") throw new IdentityError("no-passphrase");
    text = await unseal(file, start.startsWith("age-"), passphrase);
  }
  const found = listed(new TextDecoder().decode(text));
  text.fill(0);
  return found;
}

async function unseal(file: Uint8Array, binary: boolean, passphrase: string): Promise<Uint8Array> {
  const opener = new Decrypter();
  opener.addPassphrase(passphrase);
  let sealed: Uint8Array;
  try {
    sealed = binary ? file : armor.decode(new TextDecoder().decode(file));
  } catch {
    throw new IdentityError("no-identity");
  }
  try {
    return await opener.decrypt(sealed);
  } catch (e) {
    throw new IdentityError(/no identity matched/i.test(String(e)) ? "wrong-passphrase" : "no-identity");
  }
}

function listed(text: string): string[] {
  const found = text.split("\n").filter((l) => /^AGE-SECRET-KEY-PQ-1[02-9AC-HJ-NP-Z]{58}$/.test(l));
  if (found.length === 0 || found.length > keptLimit) throw new IdentityError("no-identity");
  return found;
}

/** Tells whether a passkey could be made here. */
export const possible = (): boolean => "PublicKeyCredential" in window && isSecureContext;

/** Tells whether one was made here. */
export function made(): boolean {
  try {
    return possible() && localStorage.getItem(place) !== null;
  } catch {
    return false; // a browser that keeps nothing
  }
}

/** Makes a passkey called name, seals the identities under it and keeps that. It throws where that cannot be done or was declined. */
export async function make(ids: string[], name: string): Promise<void> {
  const credential = await webauthn.createCredential({ keyName: name });
  const sealer = new Encrypter();
  sealer.addRecipient(new webauthn.WebAuthnRecipient({ identity: credential }));
  const sealed = await sealer.encrypt(ids.join("\n") + "\n");
  localStorage.setItem(place, `${credential} ${padded64(sealed)}`);
}

/** The identities that the passkey opens. It throws an IdentityError. */
export async function use(): Promise<string[]> {
  try {
    const [credential = "", sealed = ""] = (localStorage.getItem(place) ?? "").split(" ");
    const opener = new Decrypter();
    opener.addIdentity(new webauthn.WebAuthnIdentity({ identity: credential }));
    return listed(await opener.decrypt(unbase64(sealed), "text"));
  } catch {
    throw new IdentityError("passkey-declined");
  }
}

/** Forgets it. The passkey itself stays on the device and opens nothing. */
export function forget(): void {
  localStorage.removeItem(place);
}
