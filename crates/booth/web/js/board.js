// The files of a board, fetched for a façade that says which ones it needs.

/** So many files are fetched at a time. */
const AT_ONCE = 6;
/** A server that is asked too much, or a connection that is lost, is asked again this many times. */
const ATTEMPTS = 6;

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/**
 * A file of a board of this server; nothing where there is none of this name.
 * @param {string} election the election id
 * @param {string} path
 * @returns {Promise<Uint8Array | undefined>}
 */
export async function boardFile(election, path) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`/boards/${election}/${path}`).catch((lost) => lost);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    if (response.status === 404 || response.status === 410) return undefined;
    const may = response instanceof Error || response.status === 429 || response.status === 503;
    if (!may || attempt === ATTEMPTS) {
      throw response instanceof Error ? response : new Error(`${path}: ${response.status}`);
    }
    const named = response instanceof Error ? NaN : Number(response.headers.get("retry-after"));
    await pause(named > 0 && named < 30 ? named : attempt);
  }
}

/**
 * Gives the façade every file it asks for, until it asks for none.
 * @param {string} election the election id
 * @param {{needs(): string[], give(path: string, bytes?: Uint8Array): void}} facade
 * @param {(fetched: number, known: number) => void} [progress] files fetched, of those known to be needed
 */
export async function gather(election, facade, progress = () => {}) {
  let fetched = 0;
  let known = 0;
  for (let needed = facade.needs(); needed.length > 0; needed = facade.needs()) {
    known += needed.length;
    const queue = [...needed];
    const fetchNext = async () => {
      for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
        facade.give(path, await boardFile(election, path));
        fetched += 1;
        progress(fetched, known);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
  }
}
