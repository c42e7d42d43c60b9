// Locks an open page: after a time without a touch, when it is left, when it comes
// back from the browser's memory of pages, and when the machine slept meanwhile.

/**
 * Calls lock once, after that many minutes without a touch or when the page is left,
 * unless what it returns was called before.
 */
export function guard(minutes: number, lock: () => void): () => void {
  const wait = minutes * 60_000; // milliseconds
  const stop = new AbortController();
  const how = { signal: stop.signal, capture: true, passive: true };
  let touched = Date.now();
  let timer = 0;
  const now = () => {
    stop.abort();
    lock();
  };
  // Timers sleep with the machine, so the clock decides.
  const look = () => {
    const left = touched + wait - Date.now();
    clearTimeout(timer);
    if (stop.signal.aborted) return;
    if (left <= 0) now();
    else timer = setTimeout(look, left);
  };
  const touch = () => {
    look();
    touched = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchstart"]) addEventListener(kind, touch, how);
  addEventListener("pagehide", now, how);
  addEventListener("pageshow", (e) => e.persisted && now(), how);
  addEventListener("freeze", now, how);
  document.addEventListener("visibilitychange", look, how);
  look();
  return () => stop.abort();
}
