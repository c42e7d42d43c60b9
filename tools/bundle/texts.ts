// What a script says stands in the page as <template data-text="KEY">, in the page's
// language; the scripts hold no words.

/**
 * Shows the text of that key in place, from the first of the elements that has it.
 * Elements of it with data-fill="NAME" get the value of that name. Without a key, or
 * where nobody has the text, place becomes empty.
 */
export function say(place: Element | null, key: string, from: ParentNode[], fill: Record<string, string> = {}): void {
  if (!place) return;
  for (const root of from) {
    const text = key && root.querySelector<HTMLTemplateElement>(`template[data-text="${key}"]`);
    if (!text) continue;
    const copy = document.importNode(text.content, true);
    for (const e of copy.querySelectorAll<HTMLElement>("[data-fill]")) e.textContent = fill[e.dataset["fill"]!] ?? "";
    place.replaceChildren(copy);
    return;
  }
  place.replaceChildren();
}

/** The text of that key alone; "" where nobody has it. */
export function words(key: string, from: ParentNode[]): string {
  for (const root of from) {
    const text = root.querySelector<HTMLTemplateElement>(`template[data-text="${key}"]`);
    if (text) return text.content.textContent?.trim() ?? "";
  }
  return "";
}
