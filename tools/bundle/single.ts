// The single-file page: a member's sealed page in the document itself. Nothing is
// fetched; what she sends is saved as a file.
import { open } from "./age.ts";
import { unbase64 } from "./bytes.ts";
import { fragment } from "./insert.ts";
import { submit } from "./page.ts";
import { parse, text } from "./secret.ts";
import { show, submits } from "./shown.ts";
import { say } from "./texts.ts";

const locked = document.getElementById("locked")!;
const sealed = unbase64((document.getElementById("sealed") as HTMLTemplateElement).content.textContent!.replace(/\s/g, ""));
const form = locked.querySelector("form")!;
const input = form.querySelector("input")!;
const status = locked.querySelector("[data-status]");

const tell = (key: string, fill?: Record<string, string>) => {
  say(status, key, [locked], fill);
  if (key) input.focus();
};

form.addEventListener("submit", (e) => {
  e.preventDefault();
  const parsed = parse(input.value);
  if ("wrong" in parsed) return tell(parsed.wrong);
  const secret = parsed.secret;
  const passphrase = text(secret);
  let article: HTMLElement;
  try {
    const plain = open(sealed, passphrase);
    article = fragment(new TextDecoder("utf-8", { fatal: true }).decode(plain));
    plain.fill(0);
  } catch {
    secret.fill(0);
    return tell("other"); // a good secret, and another page's
  } finally {
    passphrase.fill(0);
  }
  input.value = "";
  tell("");
  delete article.dataset["drop"]; // the file's content policy lets nothing be sent
  for (const e of article.querySelectorAll('[data-act="passkey"], [data-act="forget"]')) e.remove();
  const stop = new AbortController();
  const minutes = Math.min(60, Math.max(1, Number(article.dataset["lock"]) || 5));
  submits(article, stop.signal, (form) => submit(form, article, secret, stop.signal));
  show(article, locked, minutes, (why) => {
    stop.abort();
    secret.fill(0);
    tell(why === "idle" ? "idle" : "locked", { minutes: String(minutes) });
  });
});
form.hidden = false;
