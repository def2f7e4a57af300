// What this browser keeps for trustees and registrars: memories, entries as they will be sent, and never an open secret.

const NAME = "urne-office";
const STORE = "kept";

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/**
 * What is kept under a name.
 * @param {string} name
 * @returns {Promise<Record<string, any>>} an empty object where nothing is
 */
export async function kept(name) {
  const store = (await open()).transaction(STORE).objectStore(STORE);
  return new Promise((resolve, reject) => {
    const request = store.get(name);
    request.onsuccess = () => resolve(request.result ?? {});
    request.onerror = () => reject(request.error);
  });
}

/**
 * Adds to what is kept under a name. Done only once it is on the disk: what was signed must survive the page.
 * @param {string} name
 * @param {Record<string, any>} more
 * @returns {Promise<Record<string, any>>} all that is kept now
 */
export async function keep(name, more) {
  const transaction = (await open()).transaction(STORE, "readwrite", { durability: "strict" });
  const store = transaction.objectStore(STORE);
  return new Promise((resolve, reject) => {
    let all;
    const request = store.get(name);
    request.onsuccess = () => {
      all = { ...request.result, ...more };
      store.put(all, name);
    };
    transaction.oncomplete = () => resolve(all);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** Asks the browser not to clear what is kept when it runs out of room. It may say no. */
export async function holdOn() {
  await navigator.storage?.persist?.();
}

/**
 * Does something that must not happen in two windows at once.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  return navigator.locks.request(`urne-${name}`, work);
}
