// The page's side of the office's worker.

/** Something a façade or the server refused: `code` names the sentence `failure.CODE`. */
export class Refused extends Error {
  /** @param {{code: string, "message-key"?: string, detail?: string, values?: Record<string, string>}} refusal */
  constructor(refusal) {
    super(refusal.detail ?? refusal.code);
    this.code = refusal.code;
    this.key = refusal["message-key"] ?? `failure.${refusal.code}`;
    this.values = refusal.values ?? {};
  }
}

/** A desk in a worker of its own. */
export class Desk {
  #worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #next = 1;

  /** @param {"trustee" | "registrar"} role */
  constructor(role) {
    this.#worker.addEventListener("message", ({ data }) => this.#hear(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#breakOff(event.message ?? "the worker did not start");
    });
    this.call("sit", role).catch(() => {});
  }

  #hear({ id, progress, value, failure }) {
    const waiting = this.#waiting.get(id);
    if (progress) {
      waiting?.progress(progress);
      return;
    }
    this.#waiting.delete(id);
    if (failure) waiting?.reject(new Refused(failure));
    else waiting?.resolve(value);
  }

  #breakOff(detail) {
    for (const { reject } of this.#waiting.values()) reject(new Refused({ code: "page", detail }));
    this.#waiting.clear();
  }

  /** Calls a method of the desk. */
  call(method, ...given) {
    return this.#send(method, given, () => {});
  }

  /** The same for methods that answer JSON. */
  async ask(method, ...given) {
    return JSON.parse(await this.call(method, ...given));
  }

  /**
   * Follows the board of an election; answers where it stands.
   * @param {string} election
   * @param {(progress: {stage: "fetch" | "judge", done: number, of: number}) => void} progress
   */
  follow(election, progress) {
    return this.#send("follow", [election], progress);
  }

  #send(method, given, progress) {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress });
      this.#worker.postMessage({ id, method, given });
    });
  }
}
