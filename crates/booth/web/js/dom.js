// Making and showing parts of a page. No HTML is ever made from text: every string stays a string.
import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * An element. `on` holds listeners; `value`, `checked`, `disabled` and the like are set as properties, everything else as attributes.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function make(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/**
 * The same for pictures.
 * @param {string} name
 * @param {Record<string, unknown>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function draw(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (typeof value === "boolean" || name === "value") {
      element[name] = value;
    } else if (value !== undefined && value !== null) {
      element.setAttribute(name, value);
    }
  }
  for (const child of children.flat()) {
    if (child !== false && child !== null && child !== undefined) element.append(child);
  }
  return element;
}

/**
 * A paragraph with one sentence.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @param {Record<string, unknown>} [attributes]
 */
export function sentence(key, values = {}, attributes = {}) {
  return make("p", attributes, say(key, values));
}

/**
 * A button. The first one of a page is its primary one.
 * @param {string} key
 * @param {() => void} press
 * @param {Record<string, unknown>} [attributes]
 */
export function button(key, press, attributes = {}) {
  return make("button", { type: "button", ...attributes, on: { click: press } }, say(key));
}

const stage = () => document.getElementById("content");

let redraw = () => {};

const name = (heading) => {
  document.title = `${heading.textContent} – ${say("site.name")}`;
};

/**
 * Shows a step: `parts` makes what is on it, `after` is called once it is there. Screen readers and keyboards go to its heading.
 * @param {() => Child[]} parts
 * @param {() => void} [after]
 */
export function show(parts, after = () => {}) {
  redraw = () => {
    stage().replaceChildren(...parts().flat().filter(Boolean));
    after();
  };
  redraw();
  const heading = stage().querySelector("h1");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  name(heading);
  window.scrollTo(0, 0);
}

/** Makes the step on show again, in another language. What was typed stays. */
export function showAgain() {
  const fields = () => stage().querySelectorAll("input[id]:not([type=file]), textarea[id]:not([readonly])");
  const typed = [...fields()].map(({ id, value, checked }) => ({ id, value, checked }));
  redraw();
  for (const field of fields()) {
    const before = typed.find(({ id }) => id === field.id);
    if (before) Object.assign(field, { value: before.value, checked: before.checked });
  }
  const heading = stage().querySelector("h1");
  if (heading) name(heading);
}

/**
 * Says something to screen readers at once, wherever the focus is.
 * @param {string} text
 */
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

/**
 * A field with its label, its help and room for what is wrong with it. What was wrong goes while the field is mended, not when it is
 * left: nothing may move under a finger on its way to a button.
 * @param {string} id
 * @param {string} label
 * @param {string | undefined} help
 * @param {Record<string, unknown>} attributes of the input
 */
export function field(id, label, help, attributes) {
  return labelled(id, label, help, (shared) => make("input", { type: "text", ...shared, ...attributes }));
}

/**
 * A field for a code, which on a narrow screen takes two lines, so that all of it can be compared with the letter.
 * @param {string} id
 * @param {string} label
 * @param {string} help
 * @param {Record<string, unknown>} [attributes]
 */
export function codeField(id, label, help, attributes = {}) {
  return labelled(id, label, help, (shared) => {
    const area = make("textarea", { ...shared, rows: 1, class: "code", autocapitalize: "characters", spellcheck: "false", ...attributes });
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      area.form.requestSubmit();
    });
    return area;
  });
}

function labelled(id, label, help, input) {
  const described = [help && `${id}-help`, `${id}-fault`].filter(Boolean).join(" ");
  const made = input({ id, autocomplete: "off", "aria-describedby": described });
  made.addEventListener("input", () => accuse(id));
  return make(
    "div",
    { class: "field" },
    make("label", { for: id }, label),
    help && make("p", { class: "help", id: `${id}-help` }, help),
    make("p", { class: "fault", id: `${id}-fault`, hidden: true }),
    made,
  );
}

/**
 * Says what is wrong with a field; nothing takes it back.
 * @param {string} id
 * @param {string} [what]
 */
export function accuse(id, what) {
  const fault = document.getElementById(`${id}-fault`);
  fault.hidden = !what;
  fault.textContent = what ?? "";
  document.getElementById(id).setAttribute("aria-invalid", String(Boolean(what)));
}

/**
 * The same, and goes there.
 * @param {string} id
 * @param {string} [what]
 */
export function blame(id, what) {
  accuse(id, what);
  if (what) document.getElementById(id).focus();
}

/**
 * Offers a file.
 * @param {string} name
 * @param {Uint8Array | string} contents
 */
export function save(name, contents) {
  const address = URL.createObjectURL(new Blob([contents], { type: "application/json" }));
  const link = make("a", { href: address, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * A line of text that programs read, with a button that copies it.
 * @param {string} text
 * @param {string} key what it is
 */
export function copyable(text, key) {
  const id = `copy-${key.replaceAll(".", "-")}`;
  const copy = async () => {
    const line = document.getElementById(id);
    line.select();
    try {
      await navigator.clipboard.writeText(text);
      announce(say("page.copied"));
    } catch {
      // Without permission the line is selected, ready to be copied by hand.
    }
  };
  return make(
    "div",
    { class: "copyable" },
    make("label", { for: id }, say(key)),
    make("textarea", { id, readonly: "", rows: Math.min(6, Math.ceil(text.length / 34)), class: "line", value: text }),
    button("page.copy", copy),
  );
}
