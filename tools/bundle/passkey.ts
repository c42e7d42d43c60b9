// Opens a page by a passkey, on this device and at this address alone: what the
// passkey computes (WebAuthn's PRF extension) gives a key, under which the view
// secret lies in the browser's storage. Without the passkey that text opens nothing. Loaded only
// when somebody makes or uses one.
import { open, seal } from "./age.ts";
import { ascii, base64, unbase64 } from "./bytes.ts";
import { hkdf, unsalted } from "./hkdf.ts";
import { mrk } from "./mrk.ts";
import { entries, look, place, type Entry } from "./passkeys.ts";
import { parse, text } from "./secret.ts";
import { say, words } from "./texts.ts";

const input = ascii("medlem/v1/passkey"); // what every passkey computes from
const patience = 120_000; // milliseconds

/**
 * Does what a button of an opened page says, makes a passkey or forgets all that were
 * made here, and says beside it what became of it. Passkeys stay on the device; what
 * is forgotten is what they open.
 */
export async function act(button: HTMLButtonElement, secret: Uint8Array, from: HTMLElement[], stop: AbortSignal): Promise<void> {
  let became = "passkey-forgotten";
  button.disabled = true;
  if (button.dataset["act"] === "forget") localStorage.removeItem(place);
  else {
    became = await make(secret, words("passkey-name", from), stop).then(() => "passkey-made", () => "passkey-failed");
  }
  button.disabled = false;
  if (stop.aborted) return;
  say(button.closest("section, form, div")?.querySelector("[data-status]") ?? null, became, from);
  look(from[0]!);
}

/** Makes a passkey called name and seals secret under it. It throws where that cannot be done or was declined. */
async function make(secret: Uint8Array, name: string, stop: AbortSignal): Promise<void> {
  const made = (await navigator.credentials.create({
    signal: stop,
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { name },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      excludeCredentials: [],
      timeout: patience,
      extensions: { prf: { eval: { first: new Uint8Array(input) } } },
    },
  })) as PublicKeyCredential;
  const prf = made.getClientExtensionResults().prf;
  const id = new Uint8Array(made.rawId);
  const first = prf?.results?.first ?? (prf?.enabled ? (await ask([id])).first : undefined);
  if (!first) throw Error("this passkey cannot compute a key");
  stop.throwIfAborted(); // the secret was overwritten
  const key = keyOf(first);
  const words = text(secret);
  const entry: Entry = [base64(id), base64(seal(words, key))];
  key.fill(0);
  words.fill(0);
  localStorage.setItem(place, [...entries(), entry].map((e) => e.join(" ")).join("\n"));
}

/** Opens a secret by a passkey. It throws where that cannot be done or was declined. */
export async function use(): Promise<Uint8Array> {
  const { id, first } = await ask(entries().map(([credential]) => unbase64(credential)));
  const entry = entries().find(([credential]) => credential === base64(id));
  if (!entry || !first) throw Error("this passkey is not known here");
  const key = keyOf(first);
  const words = open(unbase64(entry[1]), key);
  const parsed = parse(new TextDecoder().decode(words));
  key.fill(0);
  words.fill(0);
  if (!("secret" in parsed)) throw Error("no secret is kept under this passkey");
  return parsed.secret;
}

/** Has one of the passkeys compute; it tells which, and what. */
async function ask(ids: Uint8Array[]): Promise<{ id: Uint8Array; first: BufferSource | undefined }> {
  const got = (await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      allowCredentials: ids.map((id) => ({ type: "public-key", id: new Uint8Array(id) })),
      userVerification: "required",
      timeout: patience,
      extensions: { prf: { eval: { first: new Uint8Array(input) } } },
    },
  })) as PublicKeyCredential;
  return { id: new Uint8Array(got.rawId), first: got.getClientExtensionResults().prf?.results?.first };
}

function keyOf(computed: BufferSource): Uint8Array {
  const bytes = new Uint8Array(computed as ArrayBuffer); // which browsers give
  const key = mrk(hkdf(bytes, unsalted, "medlem/v1/passkey"));
  bytes.fill(0);
  return key;
}
