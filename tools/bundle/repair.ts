// Some mail programs and scanners rewrite the # of a link as %23: then what should
// stay in the browser was asked for as a path, which is not there. This repairs the
// address of a member's own page, and no other; nothing is sent but what the page
// itself loads.
const wrong = /^(.*\/me)\/?(?:index\.html)?(?:%23|%2523)([0-9A-Za-z-]{20,40})$/.exec(location.pathname);
if (wrong) location.replace(`${wrong[1]}/#${wrong[2]}`);
