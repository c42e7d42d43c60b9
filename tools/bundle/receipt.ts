// What she gets in her hand when she has asked to leave: a receipt that names the day,
// to be kept as a file or on paper.
import { download } from "./send.ts";
import { say, words } from "./texts.ts";

/**
 * Puts the receipt of form, which was sent under that number, into article. The day is
 * that of her own clock, written as her language does.
 */
export function receipt(form: HTMLFormElement, article: HTMLElement, number: string, stop: AbortSignal): void {
  const place = article.querySelector<HTMLElement>("[data-receipt]");
  const reason = (form.elements.namedItem("reason") as HTMLSelectElement | null)?.selectedOptions[0];
  if (!place || !reason) return;
  const day = new Date().toLocaleDateString(article.lang === "en" ? "en-GB" : article.lang, { dateStyle: "long" });
  say(place, "receipt", [article], { day, number, reason: reason.text, keep: reason.dataset["keep"] ?? "" });
  const text = new TextEncoder().encode(place.innerText.replace(/\n{3,}/g, "\n\n") + "\n");
  const print = document.createElement("button");
  print.type = "button";
  print.textContent = words("receipt-print", [article]);
  print.addEventListener("click", () => alone(article));
  const acts = document.createElement("p");
  acts.append(download(text, "medlem.txt", "text/plain;charset=utf-8", words("receipt-save", [article]), stop), " ", print);
  place.append(acts);
}

/** Prints the receipt without the rest of the page. */
function alone(article: HTMLElement): void {
  article.dataset["print"] = "receipt";
  window.print();
  delete article.dataset["print"];
}
