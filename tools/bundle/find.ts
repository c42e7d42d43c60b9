// The search in an officer's list: a row is shown where every word is found in it, as
// medlem find does.
import { fold } from "./fold.ts";
import { say } from "./texts.ts";

const patience = 120; // milliseconds after the last key

/** A row and what of it is searched: the folded name, addresses, digits of telephone numbers, the id. */
interface Row {
  row: HTMLElement;
  parts: string[];
}

/** Has the search of article look through its list, and say how many it found. */
export function searches(article: HTMLElement, signal: AbortSignal): void {
  const input = article.querySelector<HTMLInputElement>("input[data-search]");
  const count = article.querySelector("[data-count]");
  const rows: Row[] = [];
  for (const row of article.querySelectorAll<HTMLElement>("[data-list] [data-find]")) {
    rows.push({ row, parts: row.dataset["find"]!.split("|") });
  }
  if (!input) return;
  let timer = 0;
  const look = () => {
    const words = input.value.trim().split(/\s+/).filter((w) => w);
    let n = 0;
    for (const { row, parts } of rows) {
      const shown = words.every((w) => found(w, parts));
      if (row.hidden === shown) row.hidden = !shown;
      if (shown) n++;
    }
    say(count, words.length ? (n ? "count" : "count-none") : "", [article], { n: String(n), all: String(rows.length) });
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(look, patience);
  }, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    rows.length = 0;
  });
}

function found(word: string, [name = "", mails = "", digits = "", id = ""]: string[]): boolean {
  const folded = fold(word);
  const lower = word.toLowerCase();
  if (folded && name.includes(folded)) return true;
  if (mails.split(" ").some((m) => m.includes(lower)) || id.startsWith(lower)) return true;
  const number = word.replace(/\D/g, "");
  return number !== "" && /^[\d+\-() ]+$/.test(word) && digits.split(" ").some((d) => d.includes(number));
}
