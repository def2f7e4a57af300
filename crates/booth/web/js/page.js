// What every page of the booth has: its language, and parts that are made by hand.
import { LANGUAGES, language, speak } from "./words.js";

const NAMES = { fr: "Français", en: "English" };

/** Speaks the reader's language, and offers the others in `<nav id="languages">`. */
export async function begin() {
  const nav = document.getElementById("languages");
  for (const tag of LANGUAGES) {
    const link = make("a", { href: `?lang=${tag}`, lang: tag, hreflang: tag }, NAMES[tag]);
    // Loading the page again would lose what somebody has typed.
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      await speak(tag);
      history.replaceState(null, "", `?lang=${tag}`);
    });
    nav.append(link);
  }
  document.addEventListener("language", () => {
    for (const link of nav.children) link.toggleAttribute("aria-current", link.lang === language());
    nav.querySelector("[aria-current]").setAttribute("aria-current", "true");
  });
  await speak();
}

/**
 * An element with attributes and children.
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/**
 * The element with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  return document.getElementById(id);
}
