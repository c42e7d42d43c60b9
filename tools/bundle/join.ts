// The public joining form: looks through what was written, seals it to the unit and
// sends it, or gives it as a file. What is asked for, what is sent and what is said is
// the same whoever writes; nothing is kept here.
import { changes } from "./forms.ts";
import { newID, tidy, yaml, type Request, type Value } from "./request.ts";
import { file, post, recipient } from "./send.ts";
import { say, words } from "./texts.ts";

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const root = document.getElementById("join")!;
const { drop = "", mail = "", intake = "", recipients = "" } = root.dataset;
const form = root.querySelector("form")!;
const unit = form.elements.namedItem("unit") as HTMLSelectElement;
const summary = root.querySelector<HTMLElement>("[data-errors]")!;
const status = root.querySelector("[data-status]");
const done = root.querySelector<HTMLElement>("[data-done]")!;

let stop = new AbortController();

/** Why a field is not as it should be: the key of the text that says so; "" nothing is wrong. */
function wrong(e: Field): string {
  const value = tidy(e.value, e instanceof HTMLTextAreaElement);
  if (e instanceof HTMLInputElement && e.type === "date" && e.validity.badInput) return "bad-date";
  if (value === "") return e.required ? "missing" : "";
  if ("maxLength" in e && e.maxLength > 0 && [...value].length > e.maxLength) return "too-long";
  switch (e.dataset["type"]) {
    case "email":
      return /^[^\s@<>,;]+@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+$/.test(value) ? "" : "bad-email";
    case "phone": {
      const digits = value.replace(/\D/g, "").length;
      return /^[+\d][\d\s()./-]*$/.test(value) && digits >= 5 && digits <= 15 ? "" : "bad-phone";
    }
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) && value >= "1900-01-01" && value <= new Date().toISOString().slice(0, 10) ? "" : "bad-date";
    case "integer":
      return /^-?\d{1,15}$/.test(value) ? "" : "bad-number";
    case "postcode":
      return /\d/.test(value) && value.length <= 12 ? "" : "bad-postcode";
    case "name":
      return /[@<>\d]/.test(value) ? "bad-name" : "";
  }
  return "";
}

/** The fields that are looked through, in their order. */
const fields = (): Field[] => [...form.querySelectorAll<Field>("input[name], select[name], textarea[name]")].filter((e) => e.type !== "checkbox");

/** Says what is wrong with a field beside it, or that nothing is. */
function mark(e: Field, why: string): void {
  const place = document.getElementById(`${e.id}-error`);
  say(place, why, [root]);
  if (place) place.hidden = why === "";
  if (why) e.setAttribute("aria-invalid", "true");
  else e.removeAttribute("aria-invalid");
}

/** Looks through the form; where something is wrong, a list of it comes first and has the focus. */
function sound(): boolean {
  const list = summary.querySelector("ul")!;
  list.replaceChildren();
  for (const e of fields()) {
    const why = wrong(e);
    mark(e, why);
    if (!why) continue;
    const link = document.createElement("a");
    link.href = `#${e.id}`;
    const label = form.querySelector(`label[for="${e.id}"] [data-label]`)?.textContent ?? "";
    link.textContent = `${label}: ${words(why, [root])}`;
    link.addEventListener("click", (ev) => {
      ev.preventDefault(); // the address names a unit, and nothing else
      e.focus();
    });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  summary.hidden = list.childElementCount === 0;
  if (!summary.hidden) summary.focus();
  return summary.hidden;
}

/** What is sent. Several choices of one field stand in a fieldset of boxes without names. */
function request(): Request {
  const written = changes(form, ["unit", "note"]).set;
  const set = new Map<string, Value>();
  for (const e of form.querySelectorAll<HTMLElement>("[data-field]")) {
    const key = e.dataset["field"]!;
    const boxes = [...e.querySelectorAll<HTMLInputElement>("input[type=checkbox]:not([name])")];
    const chosen = boxes.filter((b) => b.checked).map((b) => b.value);
    const value = boxes.length ? chosen : written.get(key);
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) set.set(key, value);
  }
  const note = form.elements.namedItem("note") as HTMLTextAreaElement | null;
  return { id: newID(), unit: unit.value, kind: "join", note: tidy(note?.value ?? "", true), set };
}

async function send(): Promise<void> {
  say(status, "sending", [root]);
  const signal = stop.signal;
  try {
    const { blob } = (await import(intake)) as typeof import("./intake.ts");
    const sealed = await blob(yaml(request()), await recipient(recipients, unit.value, signal));
    if (signal.aborted) return;
    const taken = drop !== "" && (await post(drop, sealed, signal));
    if (signal.aborted) return;
    if (taken) return finish("sent");
    finish(drop ? "unsent" : "saved");
    done.querySelector("[data-file]")!.append(file(sealed, words("save", [root]), signal));
  } catch (e) {
    if (!signal.aborted) say(status, e instanceof RangeError ? "long" : "failed", [root], { mail });
  }
}

/** Says what became of it, in place of the form, which is emptied. */
function finish(key: string): void {
  const name = unit.selectedOptions[0]?.textContent?.trim() ?? "";
  say(status, "", [root]);
  empty();
  form.hidden = true;
  say(done.querySelector("[data-said]"), key, [root], { mail, unit: name });
  done.hidden = false;
  done.querySelector("h2")!.focus();
}

/** Empties the form and what was said. */
function empty(): void {
  form.reset();
  preset();
  for (const e of fields()) mark(e, "");
  summary.hidden = true;
}

/** Chooses the unit that the address names behind #. */
function preset(): void {
  const named = location.hash.slice(1);
  if ([...unit.options].some((o) => o.value === named)) unit.value = named;
}

/** The form as it is for whoever comes to it. */
function fresh(): void {
  stop.abort();
  stop = new AbortController();
  empty();
  say(status, "", [root]);
  done.hidden = true;
  done.querySelector("[data-said]")!.replaceChildren();
  done.querySelector("[data-file]")!.replaceChildren();
  form.hidden = false;
  form.ariaBusy = null;
}

form.addEventListener("submit", async (e) => {
  e.preventDefault();
  if (form.ariaBusy === "true" || !sound()) return;
  form.ariaBusy = "true";
  await send();
  form.ariaBusy = null;
});
form.addEventListener("focusout", (e) => {
  const at = e.target as Field;
  if (at.getAttribute("aria-invalid")) mark(at, wrong(at)); // it is looked at anew once it was wrong
});
done.querySelector('[data-act="again"]')!.addEventListener("click", () => {
  fresh();
  unit.focus();
});
addEventListener("hashchange", preset);
addEventListener("pagehide", fresh);
addEventListener("pageshow", (e) => e.persisted && fresh());
root.querySelector(".unscripted")?.remove();
fresh();
