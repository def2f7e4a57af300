// What this browser keeps: a ballot on its way, until there is a receipt for it, and the beginning of a board, so that a receipt can
// be checked without a connection. Neither says who voted, nor what.
import { leafOfBallot } from "../voter.js";

const DATABASE = "urne";
const STORES = ["sending", "boards"];

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Runs one request in one transaction; done when it is on the disk. */
async function run(store, mode, ask) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode, { durability: "strict" });
      const request = ask(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Where the browser keeps nothing (a private window may refuse), the page still works while it is open. */
async function ifItCan(promise) {
  try {
    return await promise;
  } catch {
    return undefined;
  }
}

/**
 * Keeps the bytes that are about to be sent, beside those of others who vote with this browser.
 * @param {string} election
 * @param {Uint8Array} entry
 */
export const keepSending = (election, entry) =>
  ifItCan(run("sending", "readwrite", (store) => store.put(entry, [election, leafOfBallot(entry)])));

/**
 * The bytes that were sent, and never acknowledged.
 * @param {string} election
 * @returns {Promise<Uint8Array[] | undefined>}
 */
export const findSending = (election) =>
  ifItCan(run("sending", "readonly", (store) => store.getAll(IDBKeyRange.bound([election], [election, []]))));

/**
 * @param {string} election
 * @param {Uint8Array} entry
 */
export const forgetSending = (election, entry) =>
  ifItCan(run("sending", "readwrite", (store) => store.delete([election, leafOfBallot(entry)])));

/**
 * Keeps the beginning of a board that was judged.
 * @param {string} election
 * @param {{opened: number, files: [string, Uint8Array][]}} board
 */
export const keepBoard = (election, board) => ifItCan(run("boards", "readwrite", (store) => store.put(board, election)));

/**
 * @param {string} election
 * @returns {Promise<{opened: number, files: [string, Uint8Array][]} | undefined>}
 */
export const findBoard = (election) => ifItCan(run("boards", "readonly", (store) => store.get(election)));
