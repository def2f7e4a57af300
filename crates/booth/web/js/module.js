// Files of the booth that a page fetches by itself, each compared with the hash the page was built with. In the page that works
// from a disk, `offline.js` stands in the place of this module.
import { INTEGRITY } from "./integrity.js";

const FOLDER = new URL("../", import.meta.url);

/**
 * Fetches a file of the booth; the browser refuses another than the one this page was built with.
 * @param {string} path relative to the booth, such as "words/en.json"
 * @returns {Promise<Response>}
 */
export async function fetchChecked(path) {
  const response = await fetch(new URL(path, FOLDER), { integrity: INTEGRITY[path] });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/**
 * Starts a module of WebAssembly.
 * @param {(options: {module_or_path: Promise<Response>}) => Promise<unknown>} init the default export of `voter.js`, `office.js` or `observer.js`
 * @param {string} name "voter", "office" or "observer"
 */
export async function start(init, name) {
  await init({ module_or_path: fetchChecked(`${name}.wasm`) });
}

/**
 * A worker of the booth. Browsers compare no hash of a worker's own scripts: these are only as good as the server that sends them, and
 * whoever wants to know compares them with the published list of files. The WebAssembly that a worker starts is compared.
 * @param {string} name such as "verify-worker"
 * @returns {Worker}
 */
export function startWorker(name) {
  return new Worker(new URL(`${name}.js`, import.meta.url), { type: "module" });
}

/** Whether this page was opened from a disk and has no server. */
export const IS_OFFLINE = false;
