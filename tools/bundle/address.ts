// Takes the secret out of the page's address, before anything else runs: then it
// stands in no history and in nothing that is copied or sent from here.

/** What stood behind # in the address, or behind %23 where something rewrote the link; "" if nothing. */
export function take(): string {
  const typed = location.hash.slice(1);
  if (location.hash || location.href.endsWith("#")) history.replaceState(null, "", location.pathname + location.search);
  try {
    return decodeURIComponent(typed).replace(/^#/, "");
  } catch {
    return typed;
  }
}

/** What stood there when the page was loaded. */
export const first = take();
