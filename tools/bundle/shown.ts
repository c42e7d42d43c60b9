// An opened page in place of the locked one, until it is locked again.
import { guard } from "./lock.ts";

/** Why a page was locked: somebody pressed the button, or nobody touched it, or left it. */
export type Why = "button" | "idle";

/**
 * Shows article behind locked, which is hidden meanwhile: focus goes to the
 * article's heading, and the window has its title (data-title of the article, else
 * the heading). After minutes without a touch, at the button data-act="lock", and
 * when the page is left, everything is taken out again and after is called, which
 * overwrites what the caller holds. What it returns locks at once.
 */
export function show(article: HTMLElement, locked: HTMLElement, minutes: number, after: (why: Why) => void): () => void {
  const title = document.title;
  let open = true;
  const lock = (why: Why) => {
    if (!open) return;
    open = false;
    stop();
    empty(article);
    document.title = title;
    locked.hidden = false;
    performance.clearResourceTimings(); // which name the page's file
    after(why);
  };
  const stop = guard(minutes, () => lock("idle"));
  article.addEventListener("click", (e) => {
    if ((e.target as Element).closest('[data-act="lock"]')) lock("button");
  });
  locked.hidden = true;
  locked.after(article);
  const heading = article.querySelector("h1");
  document.title = article.dataset["title"] ?? heading?.textContent?.trim() ?? title;
  if (heading) {
    heading.tabIndex = -1;
    heading.focus();
    scrollTo(0, 0);
  }
  return () => lock("button");
}

/** Has run, which never throws, do what each form of article asks for, once at a time. */
export function submits(article: HTMLElement, stop: AbortSignal, run: (form: HTMLFormElement) => Promise<void>): void {
  article.addEventListener("submit", async (e) => {
    e.preventDefault();
    const form = e.target as HTMLFormElement;
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    await run(form);
    form.ariaBusy = null;
  }, { signal: stop });
}

/** Takes an element and all that stands in it apart, so that nothing keeps its texts. */
function empty(root: HTMLElement): void {
  for (const e of root.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input, textarea")) e.value = e.defaultValue = "";
  blank(root);
  root.remove();
}

/** Overwrites the texts of an element, and empties it. */
export function blank(root: HTMLElement): void {
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.nodeValue = "";
  root.replaceChildren();
}
