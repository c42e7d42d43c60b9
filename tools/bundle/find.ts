// The search in an officer's list: a row is shown where every word is found in it, as
// medlem find does.
import { fold } from "./fold.ts";
import { blank } from "./shown.ts";
import { say } from "./texts.ts";

const patience = 120; // milliseconds after the last key
const most = 500; // rows that stand in the list at once: laying out more takes a browser seconds

/** A row and what of it is searched: the folded name, addresses, digits of telephone numbers, the id. */
interface Row {
  row: HTMLElement;
  parts: string[];
}

/**
 * Has the search of article look through its list, and say how many it found. Of a long
 * list the first rows stand there, before anything is searched and after.
 */
export function searches(article: HTMLElement, signal: AbortSignal): void {
  const input = article.querySelector<HTMLInputElement>("input[data-search]");
  const count = article.querySelector("[data-count]");
  const list = article.querySelector("[data-list] tbody");
  if (!input || !list) return;
  const rows: Row[] = [];
  for (const row of list.querySelectorAll<HTMLElement>("[data-find]")) {
    rows.push({ row, parts: row.dataset["find"]!.split("|") });
  }
  let shown = ""; // what the list was last searched for
  const look = () => {
    const words = input.value.trim().split(/\s+/).filter((w) => w);
    if (words.join(" ") === shown && list.childElementCount <= most) return;
    shown = words.join(" ");
    const hits = rows.filter(({ parts }) => words.every((w) => found(w, parts)));
    list.replaceChildren(...hits.slice(0, most).map(({ row }) => row));
    const key = hits.length > most ? "count-first" : words.length ? (hits.length ? "count" : "count-none") : "";
    say(count, key, [article], { first: String(most), n: String(hits.length), all: String(rows.length) });
  };
  look();
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(look, patience);
  }, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    for (const { row, parts } of rows) {
      blank(row); // those that stand in no list, too
      parts.length = 0;
    }
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
