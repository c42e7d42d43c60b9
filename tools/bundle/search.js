// The search of the site: an index per language, made in the page out of
// search.json. Nothing that is typed leaves the page. tools/bundle bundles this
// file with MiniSearch.
import MiniSearch from "minisearch";

const find = document.querySelector(".find");
const input = find.querySelector("input");
const found = find.querySelector(".results");
const status = found.querySelector("p");
const list = found.querySelector("ol");
const most = 8; // results shown

// Swedish and Norwegian spell alike words with other letters: ä and æ, ö and ø are
// searched as one.
const fold = (term) => term.toLowerCase().replace(/ä/g, "æ").replace(/ö/g, "ø");

const pages = await (await fetch(find.dataset.index)).json();
const index = new MiniSearch({
  idField: "url",
  fields: ["title", "summary", "text"],
  storeFields: ["title", "summary"],
  processTerm: fold,
  searchOptions: { boost: { title: 6, summary: 2 }, prefix: true, fuzzy: (term) => (term.length > 4 ? 0.2 : 0), combineWith: "AND" },
});
index.addAll(pages);

function show() {
  const words = input.value.trim();
  list.replaceChildren();
  if (words.length < 2) {
    found.hidden = true;
    return;
  }
  const hits = index.search(words).slice(0, most);
  status.textContent = hits.length ? "" : find.dataset.none;
  for (const hit of hits) {
    const link = document.createElement("a");
    link.href = hit.id;
    link.textContent = hit.title;
    const text = document.createElement("span");
    text.textContent = hit.summary;
    const item = document.createElement("li");
    item.append(link, text);
    list.append(item);
  }
  found.hidden = false;
}

input.addEventListener("input", show);
find.addEventListener("keydown", (e) => {
  if (e.key === "Escape") {
    found.hidden = true;
    input.focus();
  }
});
find.addEventListener("focusout", (e) => {
  if (!find.contains(e.relatedTarget)) found.hidden = true;
});
input.addEventListener("focus", show);
show();
