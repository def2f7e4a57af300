// A whole board, followed in a worker. No browser compares a hash of a worker's scripts (`module.js` says what that means).
import { Offline } from "./server.js";

export class Whole {
  #worker = new Worker(new URL("./whole-worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #next = 0;

  /** @param {(progress: {stage: string, done: number, all: number}) => void} progress */
  constructor(progress) {
    this.#worker.onmessage = ({ data }) => {
      if (data.progress) return progress(data.progress);
      const { resolve, reject } = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.offline) reject(new Offline(data.thrown));
      else if ("thrown" in data) reject(data.thrown);
      else resolve(data.answer);
    };
    this.#worker.onerror = (event) => {
      this.#waiting.forEach(({ reject }) => reject(new Error(event.message)));
      this.#waiting.clear();
    };
  }

  /**
   * Has the worker do something.
   * @param {string} name
   * @param {...unknown} args
   * @returns {Promise<any>}
   */
  ask(name, ...args) {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, args });
    });
  }
}
