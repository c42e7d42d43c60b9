// What a member sends from her opened page: a request sealed under her secret, and
// around it the blob for her unit.
import { seal } from "./age.ts";
import { blob } from "./blob.ts";
import { padded64 } from "./bytes.ts";
import { changes } from "./forms.ts";
import { requestKey } from "./mrk.ts";
import { receipt } from "./receipt.ts";
import { newID, pad, tidy, yaml, type Request } from "./request.ts";
import { file, post, recipient } from "./send.ts";
import { say, words } from "./texts.ts";

const leastInner = 1024; // bytes of a padded request
const mostInner = 8192; // so that its base64 and the rest fit into a blob

const last = new WeakMap<HTMLFormElement, string>(); // what was sent last from a form

/**
 * Sends what form of article asks for, unless stop is told meanwhile, and says in the
 * form what became of it. Where the recipients of all units lie, the locked page says; a
 * page that can fetch nothing has its own in it.
 */
export async function submit(form: HTMLFormElement, article: HTMLElement, secret: Uint8Array, stop: AbortSignal): Promise<void> {
  const from = [form, article, document];
  const status = form.querySelector("[data-status]");
  const fill = { mail: article.dataset["mail"] ?? "" };
  const request = read(form, article);
  if (!request) return say(status, "nothing", from);
  const same = JSON.stringify([request, [...(request.set ?? [])]]);
  if (same === last.get(form)) return say(status, "sent", from, fill); // pressed once more
  say(status, "sending", from);
  request.id = newID();
  try {
    const to = article.dataset["recipient"] ?? (await recipient(document.getElementById("locked")!.dataset["recipients"] ?? "", request.unit, stop));
    if (stop.aborted) return;
    const sealed = await blob(outer(request, secret), to);
    if (stop.aborted) return;
    const drop = article.dataset["drop"];
    const taken = drop && (await post(drop, sealed, stop));
    if (stop.aborted) return;
    if (taken) {
      last.set(form, same);
      say(status, "sent", from, fill);
      if (request.kind === "close") receipt(form, article, request.id, stop);
    } else {
      say(status, drop ? "unsent" : "saved", from, fill);
      status?.append(" ", file(sealed, words("save", from), stop));
    }
  } catch (e) {
    if (!stop.aborted) say(status, e instanceof RangeError ? "long" : "failed", from, fill);
  }
}

/** The request of a form, without an id; none where nothing was changed. */
function read(form: HTMLFormElement, article: HTMLElement): Request | undefined {
  const { unit = "", id: member = "" } = article.dataset;
  const r: Request = { id: "", unit, member, from: "member" };
  switch (form.dataset["request"]) {
    case "correct":
    case "consent": {
      const c = changes(form);
      if (c.set.size + c.clear.length === 0) return undefined;
      return { ...r, kind: "correct", ...c };
    }
    case "confirm":
      return { ...r, kind: "confirm" };
    case "copy":
      return { ...r, kind: "copy" };
    case "object":
      return { ...r, kind: "object", purpose: String(new FormData(form).get("purpose") ?? "") };
    case "withdraw": {
      const clear = new FormData(form).getAll("purpose").map(String).sort();
      return clear.length ? { ...r, kind: "object", clear } : undefined;
    }
    case "restrict":
      return { ...r, kind: "restrict", note: tidy(String(new FormData(form).get("note") ?? ""), true) };
    case "close": {
      const data = new FormData(form);
      return { ...r, kind: "close", reason: String(data.get("reason") ?? ""), note: tidy(String(data.get("note") ?? ""), true) };
    }
  }
  return undefined;
}

/** The text that is sealed to the unit: who sends it, and the request sealed under her secret. */
function outer(r: Request, secret: Uint8Array): string {
  const key = requestKey(secret, r.unit, r.id);
  const inner = pad(yaml(r), leastInner, mostInner);
  try {
    return yaml({ id: r.id, unit: r.unit, member: r.member!, sealed: padded64(seal(inner, key)) });
  } finally {
    key.fill(0);
    inner.fill(0);
  }
}
