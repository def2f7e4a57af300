// Runs the verifier where waiting is allowed. The verifier asks for one file after the other, and gets it before it goes on.
import init, { verify } from "../observer.js";

/** A server that is asked too much is asked again this many times. */
const ATTEMPTS = 8;

/** Waits, since nothing else runs here. */
function wait(seconds) {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end);
}

/** Reads a file of a board at an address: its bytes, or null where there is none. */
function fromBoard(address) {
  return (path, limit) => {
    for (let attempt = 1; ; attempt += 1) {
      const request = new XMLHttpRequest();
      request.open("GET", `${address}/${path}`, false);
      request.responseType = "arraybuffer";
      request.send();
      if (request.status === 404 || request.status === 410) return null;
      if (request.status === 200) return within(limit, new Uint8Array(request.response));
      if (![429, 503].includes(request.status) || attempt === ATTEMPTS) {
        throw new Error(`the server answers ${request.status}`);
      }
      const named = Number(request.getResponseHeader("retry-after"));
      wait(named > 0 && named < 30 ? named : attempt);
    }
  };
}

/** Reads a file of a record that the visitor has: its bytes, or null where there is none. */
function fromFiles(files) {
  const reader = new FileReaderSync();
  return (path, limit) => {
    const file = files.get(path);
    if (file === undefined) return null;
    if (file.size > limit) throw new Error(`longer than ${limit} bytes`);
    return new Uint8Array(reader.readAsArrayBuffer(file));
  };
}

function within(limit, bytes) {
  if (bytes.length > limit) throw new Error(`longer than ${limit} bytes`);
  return bytes;
}

/** In: `{module, address | files, election?, receipt?}`. Out: `{entries, of}` several times, then `{found}` or `{failed}`. */
self.addEventListener("message", async ({ data }) => {
  try {
    await init({ module_or_path: data.module });
    const read = data.files ? fromFiles(data.files) : fromBoard(data.address);
    const progress = (entries, of) => self.postMessage({ entries, of });
    self.postMessage({ found: verify(read, data.election, data.receipt, progress) });
  } catch (thrown) {
    self.postMessage({ failed: thrown instanceof Error ? thrown.message : String(thrown) });
  }
});
