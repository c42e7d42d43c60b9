// Loads a page again when medlem site serve has built the site anew.
const changes = new EventSource(new URL("/.changes", location.origin));
changes.onmessage = () => location.reload();
