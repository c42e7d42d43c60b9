// Shows the banner of a procedure whose review has become due since the site was
// built. Days are compared as text, in UTC, as at the build.
const banner = document.getElementById("overdue");
if (banner && new Date().toISOString().slice(0, 10) > banner.dataset.due) banner.hidden = false;
