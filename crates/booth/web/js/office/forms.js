// What the pages of trustees and registrars have in common: screens, a form with its one button, what went wrong.
import { h } from "./build.js";
import { Refused } from "./desk.js";
import { say } from "../words.js";

const main = document.querySelector("main");
let shown = "";

/** The screen on show. */
export const onShow = () => shown;

/** Whether somebody is in the middle of something: it works, or a field holds what was typed or chosen. */
export function isBusy() {
  const filled = (input) => (input.type === "checkbox" ? input.checked : input.value !== "");
  return main.querySelector("[aria-disabled]") !== null || [...main.querySelectorAll("form input")].some(filled);
}

/**
 * Shows a screen; focus goes to its heading where it is a new one. The same screen does not take away what was typed into it.
 * @param {{id: string, vote: string, mark?: string | null, title: string, body: (Node | string | null | false | undefined)[]}} screen
 */
export function show({ id, vote, mark, title, body }) {
  if (shown === id && isBusy()) return;
  const heading = h("h1", { tabindex: "-1" }, title);
  const fresh = shown !== "" && shown !== id;
  const line = h("p", { class: "vote" }, vote, mark && h("strong", {}, ` – ${mark}`));
  main.replaceChildren(line, heading, ...body.filter(Boolean));
  main.dataset.screen = id;
  document.title = `${title} – ${vote}`;
  if (fresh) heading.focus();
  shown = id;
}

/** A paragraph of words. */
export const p = (key, values) => h("p", {}, say(key, values));

/** What is not needed by everybody. */
export const aside = (title, ...body) => h("details", {}, h("summary", {}, say(title)), ...body);

/** A button that is not the primary one. */
export const button = (key, work) => h("button", { type: "button", on: { click: work } }, say(key));

/**
 * A form with the one primary button. While it works the button says so; what went wrong stands above it.
 * @param {string} words key of the button's words
 * @param {(Node | null | false)[]} fields
 * @param {() => Promise<void>} work
 */
export function task(words, fields, work) {
  const fault = h("div", { role: "alert" });
  const bar = h("progress", { hidden: true, "aria-label": say("office.working") });
  const press = h("button", { class: "primary", type: "submit" }, say(words));
  const submit = async (event) => {
    event.preventDefault();
    if (press.getAttribute("aria-disabled")) return;
    fault.replaceChildren();
    press.setAttribute("aria-disabled", "true");
    press.textContent = say("office.working");
    bar.hidden = false;
    try {
      await work();
    } catch (error) {
      fault.replaceChildren(...faultWords(error));
    }
    press.removeAttribute("aria-disabled");
    press.textContent = say(words);
    bar.hidden = true;
  };
  return h("form", { on: { submit }, novalidate: true }, ...fields.filter(Boolean), fault, bar, h("p", {}, press));
}

/** What went wrong, in a sentence, and what those who help want to know. */
export function faultWords(error) {
  const sentence = error instanceof Refused ? say(error.key, error.values) : say("failure.page");
  return [
    h("p", { class: "fault" }, sentence),
    h("details", {}, h("summary", {}, say("office.detail")), h("p", {}, error.message ?? String(error))),
  ];
}
