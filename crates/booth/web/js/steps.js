// The steps of a voter's page: waiting, going on, and what to do when something unexpected is thrown.
import { button, sentence, make, show, showAgain } from "./dom.js";
import { failure } from "./failure.js";
import * as page from "./page.js";
import { Offline, Refused } from "./server.js";
import { has, say } from "./words.js";

/** Speaks, and offers the other languages. */
export async function begin() {
  await page.begin();
  document.addEventListener("language", showAgain);
}

/**
 * What was thrown, as `{code, detail}` and a sentence for people.
 * @param {unknown} thrown
 * @returns {{code: string, detail: string, text: string}}
 */
export function understood(thrown) {
  if (thrown instanceof Refused) return { code: thrown.code, detail: thrown.message, text: thrown.say() };
  if (thrown instanceof Offline) return { code: "offline", detail: thrown.message, text: say("failure.offline") };
  const { code, detail, "message-key": key } = failure(thrown);
  return { code, detail, text: say(has(key) ? key : "failure.page", { detail }) };
}

/**
 * Says that something did not work, and offers to do it again.
 * @param {unknown} thrown
 * @param {() => void} [again]
 * @param {() => Node} [further] what stands below
 */
export function showProblem(thrown, again, further = () => null) {
  const retry = again ?? (() => location.reload());
  show(() => {
    const { code, detail, text } = understood(thrown);
    return [
      make("h1", {}, say("problem.title")),
      make("p", { class: "fault" }, text),
      make("p", {}, button("page.again", retry, { class: "primary" })),
      make("details", {}, make("summary", {}, say("page.details")), make("pre", {}, `${code} ${detail}`)),
      further(),
    ];
  });
}

/**
 * A step that only asks to wait.
 * @param {string} title
 * @param {string} text
 */
export function showWaiting(title, text) {
  show(() => [
    make("h1", {}, say(title)),
    sentence(text, {}, { role: "status" }),
    make("progress", { id: "progress", "aria-label": say("page.loading") }),
  ]);
}

/**
 * How far the step that is shown has come.
 * @param {number} done
 * @param {number} all
 */
export function setProgress(done, all) {
  const bar = document.getElementById("progress");
  if (!bar) return;
  bar.max = all;
  bar.value = done;
}

/**
 * Why the step that is shown takes long.
 * @param {string} text
 */
export function setWaiting(text) {
  const line = document.querySelector("#content [role=status]");
  if (line && line.textContent !== text) line.textContent = text;
}

/**
 * The election that a link or a copied line names; empty where it names none.
 * @param {string} text
 */
export function electionIn(text) {
  const named = new URLSearchParams(text.split("#")[1] ?? "").get("e") ?? text;
  return named.match(/(?<![\w-])[\w-]{43}(?![\w-])/)?.[0] ?? "";
}
