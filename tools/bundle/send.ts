// Finds to whom a blob is sealed, and sends it to where the organisation takes them in,
// or gives it to whoever made it as a file.

const patience = 20_000; // milliseconds for an answer

/**
 * The recipient of a unit, out of those of all, which lie at address: whoever serves
 * the list cannot tell which one was wanted.
 */
export async function recipient(address: string, unit: string, stop: AbortSignal): Promise<string> {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer", signal: stop });
  if (!answer.ok) throw new Error("no list of recipients");
  for (const line of (await answer.text()).split("\n")) {
    const [id, key = ""] = line.split(" ");
    if (id === unit) return key;
  }
  throw new Error("no recipient of that unit");
}

/** Posts a blob. It tells whether it was taken. */
export async function post(drop: string, blob: Uint8Array, stop: AbortSignal): Promise<boolean> {
  try {
    const answer = await fetch(drop, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: new Uint8Array(blob),
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
      signal: AbortSignal.any([stop, AbortSignal.timeout(patience)]),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

/** A link that saves a blob as medlem.age, until stop is told. */
export const file = (blob: Uint8Array, text: string, stop: AbortSignal): HTMLAnchorElement => download(blob, "medlem.age", "application/octet-stream", text, stop);

/** A link that saves bytes under a name, until stop is told. */
export function download(bytes: Uint8Array, name: string, type: string, text: string, stop: AbortSignal): HTMLAnchorElement {
  const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type }));
  stop.addEventListener("abort", () => URL.revokeObjectURL(url));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.className = "button";
  link.textContent = text;
  return link;
}
