// Shows the banner of a procedure whose review has become due since the site was
// built. Days are compared as text, in UTC, as at the build.
const banner = document.getElementById("overdue");
if (banner && new Date().toISOString().slice(0, 10) > banner.dataset.due) banner.hidden = false;

// The search works with this script alone: its box is shown here, and what it needs
// is fetched when somebody is about to use it.
const find = document.querySelector(".find");
if (find) {
  find.hidden = false;
  find.querySelector("input").addEventListener("focus", () => import(find.dataset.script), { once: true });
}
