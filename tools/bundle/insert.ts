// Puts a fragment of HTML that was opened into the page: parsed apart, looked
// through, adopted. Nothing in it can run here under the page's content policy; what
// could elsewhere is refused all the same, since the text came from outside.

const banned = "script, iframe, frame, object, embed, base, link, meta, style, svg, math, noscript, [srcdoc]";
const addresses = /^(src|href|action|formaction|data|poster|ping|srcset)$/i;

/** Returns the one element of html, adopted by this document and not yet in it; it throws where html holds anything else. */
export function fragment(html: string): HTMLElement {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  const top = body.firstElementChild;
  if (!(top instanceof HTMLElement) || body.childElementCount !== 1) throw Error("not one element");
  check(body);
  return document.adoptNode(top);
}

function check(root: ParentNode): void {
  if (root.querySelector(banned)) throw Error("foreign element");
  for (const e of root.querySelectorAll("*")) {
    for (const { name, value } of e.attributes) {
      if (/^on|^style$/i.test(name) || (addresses.test(name) && !allowed.test(value))) {
        throw Error("foreign attribute");
      }
    }
    if (e instanceof HTMLTemplateElement) check(e.content);
  }
}

/** Links to other pages and for mail, and to places on the same page; nothing that is loaded or runs. */
const allowed = /^(https:\/\/|mailto:|tel:|#|\/(?!\/))/i;
