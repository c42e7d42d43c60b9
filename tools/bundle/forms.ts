// What somebody wrote into a form, as the values of a request.
import { tidy, type Value } from "./request.ts";

/** What differs from what the form began with. */
export interface Changes {
  set: Map<string, Value>;
  clear: string[];
}

/** Compares a form's elements with their defaults; names in not are passed over. */
export function changes(form: HTMLFormElement, not: string[] = []): Changes {
  const out: Changes = { set: new Map(), clear: [] };
  for (const e of form.elements) {
    const key = e.getAttribute("name");
    if (!key || not.includes(key)) continue;
    const [is, was] = values(e);
    if (is === undefined || JSON.stringify(is) === JSON.stringify(was)) continue;
    if (is === "" || (Array.isArray(is) && is.length === 0)) out.clear.push(key);
    else out.set.set(key, is);
  }
  return out;
}

/** The value of an element and that with which it began; nothing of what is no field. */
function values(e: Element): [Value?, Value?] {
  if (e instanceof HTMLInputElement) {
    if (e.type === "checkbox") return [e.checked, e.defaultChecked];
    if (e.type === "number") return [whole(e.value), whole(e.defaultValue)];
    if (["submit", "button", "radio", "file", "hidden"].includes(e.type)) return [];
    return [tidy(e.value), tidy(e.defaultValue)];
  }
  if (e instanceof HTMLTextAreaElement) return [tidy(e.value, true), tidy(e.defaultValue, true)];
  if (!(e instanceof HTMLSelectElement)) return [];
  const options = [...e.options];
  if (e.multiple) return [options.filter((o) => o.selected).map((o) => o.value), options.filter((o) => o.defaultSelected).map((o) => o.value)];
  const was = options.find((o) => o.defaultSelected) ?? options[0];
  return [typed(e, e.value), typed(e, was?.value ?? "")];
}

/** A field that can be true or false is a choice of three where it may be left open. */
const typed = (e: HTMLElement, value: string): Value => (e.dataset["type"] === "yesno" && value !== "" ? value === "true" : value);

const whole = (text: string): Value => (/^-?\d{1,15}$/.test(text.trim()) ? Number(text) : "");
