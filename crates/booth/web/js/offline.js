// What stands in the place of `module.js` in the page that works from a disk: every file is inside the page itself.

function inside(path) {
  const text = atob(document.getElementById(path).textContent);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * A file of the booth, out of this page.
 * @param {string} path
 * @returns {Promise<Response>}
 */
export async function fetchChecked(path) {
  return new Response(inside(path));
}

/**
 * A worker out of this page.
 * @param {string} name such as "verify-worker"
 * @returns {Worker}
 */
export function startWorker(name) {
  const script = new Blob([inside(`js/${name}.js`)], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(script));
}

/** Whether this page was opened from a disk and has no server. */
export const IS_OFFLINE = true;
