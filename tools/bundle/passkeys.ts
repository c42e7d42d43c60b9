// The passkeys made on this device at this address: in the browser's storage a line of
// "<credential> <sealed>" for each.

export const place = "medlem-passkeys"; // in localStorage

export type Entry = [credential: string, sealed: string];

export function entries(): Entry[] {
  try {
    return (localStorage.getItem(place) ?? "").split("\n").map((l) => l.split(" ")).filter((e): e is Entry => e.length === 2);
  } catch {
    return []; // a browser that keeps nothing
  }
}

/** Tells whether a passkey could be made here. */
export const possible = (): boolean => "PublicKeyCredential" in window && isSecureContext && location.protocol !== "file:";

/** Tells whether one was made here. */
export const made = (): boolean => possible() && entries().length > 0;

/** Shows the buttons of an opened page that can do something here. */
export function look(article: HTMLElement): void {
  for (const [act, can] of [["passkey", possible], ["forget", made]] as const) {
    const button = article.querySelector<HTMLElement>(`[data-act="${act}"]`);
    if (button) button.hidden = !can();
  }
}
