// A member's own page: opens the file that lies under the name of her secret.
import { first, take } from "./address.ts"; // before everything else
import { open, warm } from "./age.ts";
import { fragment } from "./insert.ts";
import { look, made } from "./passkeys.ts";
import { pagePath, parse, text } from "./secret.ts";
import { show, submits } from "./shown.ts";
import { say } from "./texts.ts";

const locked = document.getElementById("locked")!;
const { pages = "", intake = "", keys = "" } = locked.dataset; // addresses of the folder of the pages, and of scripts
const form = locked.querySelector("form")!;
const input = form.querySelector("input")!;
const status = locked.querySelector("[data-status]");

let opening = 0; // counts attempts: what comes late belongs to none
let lock: (() => void) | undefined;

const tell = (key: string, fill?: Record<string, string>) => {
  say(status, key, [locked], fill);
  if (key && key !== "opening") input.focus();
};

/** Opens the page of a text that was typed or came with a link. */
async function enter(typed: string): Promise<void> {
  const parsed = parse(typed);
  if ("wrong" in parsed) return tell(parsed.wrong);
  input.value = "";
  await enterWith(parsed.secret);
}

async function enterWith(secret: Uint8Array): Promise<void> {
  const attempt = ++opening;
  lock?.();
  tell("opening");
  const got = await load(pages + pagePath(secret));
  if (attempt !== opening) return void secret.fill(0);
  try {
    if (typeof got === "string") return void (secret.fill(0), tell(got));
    reveal(got, secret);
    tell("");
  } catch {
    secret.fill(0);
    tell("damaged");
  }
}

/** The bytes of a page's file, or the key of the text that says why there are none. */
async function load(address: string): Promise<Uint8Array | "old" | "offline"> {
  try {
    const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
    return answer.status === 404 || answer.status === 410 ? "old" : "offline";
  } catch {
    return "offline";
  }
}

function reveal(sealed: Uint8Array, secret: Uint8Array): void {
  const passphrase = text(secret);
  const plain = open(sealed, passphrase);
  passphrase.fill(0);
  const article = fragment(new TextDecoder("utf-8", { fatal: true }).decode(plain));
  plain.fill(0);
  if (article.className !== "me") throw Error("form");
  const stop = new AbortController();
  const minutes = Math.min(60, Number(article.dataset["lock"]) || 5);
  submits(article, stop.signal, (form) => send(form, article, secret, stop.signal));
  buttons(article, secret, stop.signal);
  lock = show(article, locked, minutes, (why) => {
    stop.abort();
    secret.fill(0);
    lock = undefined;
    offer();
    tell(why === "idle" ? "idle" : "locked", { minutes: String(minutes) });
  });
  performance.mark("unlocked"); // for whoever measures
}

/** Sends a form; the script for that is loaded here. */
async function send(form: HTMLFormElement, article: HTMLElement, secret: Uint8Array, stop: AbortSignal): Promise<void> {
  try {
    const { submit } = (await import(intake)) as typeof import("./intake.ts");
    if (!stop.aborted) await submit(form, article, secret, stop);
  } catch {
    if (!stop.aborted) say(form.querySelector("[data-status]"), "failed", [article, locked]);
  }
}

const passkeys = async () => (await import(keys)) as typeof import("./passkey.ts");

/** The buttons that make and forget a passkey; what they do is loaded when one is pressed. */
function buttons(article: HTMLElement, secret: Uint8Array, stop: AbortSignal): void {
  look(article);
  article.addEventListener("click", async (e) => {
    const button = (e.target as Element).closest<HTMLButtonElement>('[data-act="passkey"], [data-act="forget"]');
    if (button) await (await passkeys()).act(button, secret, [article, locked], stop);
  });
}

/** Shows the button that opens by a passkey where one was made. */
function offer(): void {
  locked.querySelector<HTMLElement>("[data-passkey]")!.hidden = !made();
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  void enter(input.value);
});
locked.querySelector('[data-act="use-passkey"]')!.addEventListener("click", async () => {
  tell("");
  try {
    await enterWith(await (await passkeys()).use());
  } catch {
    tell("passkey-declined");
  }
});
addEventListener("hashchange", () => {
  const typed = take();
  if (typed) void enter(typed);
});
form.hidden = false;
offer();
if (first) void enter(first);
setTimeout(warm); // while she types, or while the file is on its way
