"use strict";(()=>{var e=/^(.*\/me)\/?(?:index\.html)?(?:%23|%2523)([0-9A-Za-z-]{20,40})$/.exec(location.pathname);e&&location.replace(`${e[1]}/#${e[2]}`);})();
