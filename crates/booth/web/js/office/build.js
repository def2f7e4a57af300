// Elements, built without markup: a name from a board can never become a tag.

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties] attributes; `on` holds listeners by event, `class` is the class
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  return dress(document.createElement(tag), properties, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** The same for a drawing. */
export function svg(tag, properties = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), properties, children);
}

function dress(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(name, value);
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let numbered = 0;

/**
 * A field with its label and a help that screen readers say with it.
 * @param {{label: string, help?: string, type?: string, name: string, autocomplete?: string, accept?: string}} field
 * @returns {{element: HTMLElement, input: HTMLInputElement}}
 */
export function field({ label, help, name, ...attributes }) {
  numbered += 1;
  const id = `field-${numbered}`;
  const input = h("input", { id, name, "aria-describedby": help && `${id}-help`, ...attributes });
  const element = h(
    "div",
    {},
    h("label", { for: id }, label),
    help && h("p", { class: "help", id: `${id}-help` }, help),
    input,
  );
  return { element, input };
}

/** A box to tick, with its sentence beside it. */
export function tick({ label, name }) {
  numbered += 1;
  const id = `field-${numbered}`;
  const input = h("input", { id, name, type: "checkbox" });
  return { element: h("p", { class: "tick" }, input, h("label", { for: id }, label)), input };
}
