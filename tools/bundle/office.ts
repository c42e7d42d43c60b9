// An officer's page: opens the file of her office with her identity file, or with a
// passkey that stands for it, and searches its list.
import { Decrypter } from "age-encryption";
import { searches } from "./find.ts";
import { fileLimit, forget, identities, IdentityError, made, make, possible, use } from "./identity.ts";
import { fragment } from "./insert.ts";
import { show } from "./shown.ts";
import { say } from "./texts.ts";

const pageLimit = 20 << 20; // bytes of an office's file

const locked = document.getElementById("locked")!;
const { pages = "" } = locked.dataset; // address of the folder that the offices' files lie in
const form = locked.querySelector("form")!;
const unit = form.elements.namedItem("unit") as HTMLSelectElement;
const office = form.elements.namedItem("office") as HTMLSelectElement;
const file = form.elements.namedItem("identity") as HTMLInputElement;
const passphrase = form.elements.namedItem("passphrase") as HTMLInputElement;
const byPasskey = locked.querySelector<HTMLButtonElement>('[data-act="use-passkey"]')!;
const status = locked.querySelector("[data-status]");
const offices = [...office.options];

/** What was not opened, and why: the key of the text that says so. */
class PageError extends Error {
  constructor(readonly why: "no-page" | "offline" | "no-reader" | "damaged") {
    super(why);
  }
}

// Which field each reason is about: focus goes there.
const about: Record<string, HTMLElement> = {
  "no-identity": file, "no-passphrase": passphrase, "wrong-passphrase": passphrase, "no-unit": unit, "no-page": office, "no-reader": file,
};

function tell(why: string, fill?: Record<string, string>): void {
  say(status, why, [locked], fill);
  for (const e of [unit, office, file, passphrase]) e.removeAttribute("aria-invalid");
  about[why]?.setAttribute("aria-invalid", "true");
  about[why]?.focus();
}

/** Leaves the offices of the chosen unit's level. */
function choose(): void {
  const level = unit.selectedOptions[0]?.dataset["level"];
  const was = office.value;
  office.replaceChildren(...offices.filter((o) => o.dataset["level"] === level));
  if ([...office.options].some((o) => o.value === was)) office.value = was;
  office.disabled = office.options.length === 0;
}

/** What the address names behind #: unit/office, so that a bookmark can. */
function preset(): void {
  const [u = "", o = ""] = location.hash.slice(1).split("/");
  if ([...unit.options].some((x) => x.value === u)) unit.value = u;
  choose();
  if ([...office.options].some((x) => x.value === o)) office.value = o;
}

let busy = false;

/** Opens the chosen office's page with the identities that get gives. */
async function enter(get: () => Promise<string[]>): Promise<void> {
  if (busy) return;
  if (!unit.value || !office.value) return tell("no-unit");
  busy = true;
  form.ariaBusy = "true";
  tell("opening");
  await painted(); // what comes may take a second or two, and nothing moves meanwhile
  try {
    const loading = load();
    loading.catch(() => {}); // told below
    const ids = await get(); // a passkey is asked for while the click is fresh
    const sealed = await loading;
    performance.mark("unlock");
    const article = await unseal(sealed, ids);
    tell("");
    reveal(article, ids);
    performance.measure("unlock", "unlock");
  } catch (e) {
    tell(e instanceof IdentityError || e instanceof PageError ? e.why : "damaged");
  }
  passphrase.value = "";
  form.ariaBusy = null;
  busy = false;
}

const painted = () => new Promise<void>((done) => requestAnimationFrame(() => setTimeout(done)));

/** The chosen office's file. Which one is asked for is known to whoever serves it: offices are public. */
async function load(): Promise<Uint8Array> {
  let answer: Response;
  try {
    answer = await fetch(`${pages}office/${unit.value}/${office.value}.age`, { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
    if (answer.ok) {
      const sealed = new Uint8Array(await answer.arrayBuffer());
      if (sealed.length > pageLimit) throw new PageError("damaged");
      return sealed;
    }
  } catch (e) {
    throw e instanceof PageError ? e : new PageError("offline");
  }
  throw new PageError(answer.status === 404 || answer.status === 410 ? "no-page" : "offline");
}

async function unseal(sealed: Uint8Array, ids: string[]): Promise<HTMLElement> {
  const opener = new Decrypter();
  for (const id of ids) opener.addIdentity(id);
  let plain: Uint8Array;
  try {
    plain = await opener.decrypt(sealed);
  } catch (e) {
    throw new PageError(/no identity matched/i.test(String(e)) ? "no-reader" : "damaged");
  }
  const article = fragment(new TextDecoder("utf-8", { fatal: true }).decode(plain));
  plain.fill(0);
  if (!article.matches("article.office") || article.dataset["unit"] !== unit.value || article.dataset["office"] !== office.value) {
    throw new PageError("damaged"); // another office's page lies where this one's should
  }
  return article;
}

function reveal(article: HTMLElement, ids: string[]): void {
  const stop = new AbortController();
  const minutes = Math.min(60, Math.max(1, Number(article.dataset["lock"]) || 5));
  searches(article, stop.signal);
  passkeys(article, ids);
  form.reset();
  preset();
  show(article, locked, minutes, (why) => {
    stop.abort();
    ids.length = 0;
    offer();
    tell(why === "idle" ? "idle" : "locked", { minutes: String(minutes) });
    (byPasskey.hidden ? file : byPasskey).focus();
  });
}

/** The button that makes a passkey, where there is none yet. */
function passkeys(article: HTMLElement, ids: string[]): void {
  const button = article.querySelector<HTMLButtonElement>('[data-act="passkey"]');
  const said = article.querySelector("[data-said]");
  if (!button) return;
  button.hidden = !possible() || made();
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await make(ids, document.title);
      button.hidden = true;
      say(said, "passkey-made", [locked]);
    } catch {
      say(said, "passkey-failed", [locked]);
    }
    button.disabled = false;
  });
}

/** Shows what is for those who have made a passkey here. */
function offer(): void {
  const there = made();
  for (const e of locked.querySelectorAll<HTMLElement>("[data-passkey]")) e.hidden = !there;
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  void enter(async () => {
    const chosen = file.files?.[0];
    if (!chosen || chosen.size > fileLimit) throw new IdentityError("no-identity");
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    try {
      return await identities(bytes, passphrase.value);
    } finally {
      bytes.fill(0);
    }
  });
});
byPasskey.addEventListener("click", () => void enter(use));
locked.querySelector('[data-act="forget"]')!.addEventListener("click", () => {
  forget();
  offer();
  tell("passkey-forgotten");
  file.focus();
});
unit.addEventListener("change", choose);
addEventListener("hashchange", preset);
const clear = () => {
  form.reset();
  preset();
};
addEventListener("pagehide", clear);
addEventListener("pageshow", (e) => e.persisted && clear());
locked.querySelector(".unscripted")?.remove();
form.hidden = false;
clear();
offer();
