// What a page loads only when something is sent.
export { blob } from "./blob.ts";
export { submit } from "./page.ts";
