// Every sentence of a page stands in words/LANGUAGE.json. In the HTML, `data-say="key"` is filled with it, and
// `data-say-label="key"` fills the attribute aria-label.
import { fetchChecked } from "./module.js";

/** Every language there is a file for, in the order in which they are offered. */
export const LANGUAGES = ["fr", "en"];

let words = {};
let tag = "en";

/** The tag of the language spoken. */
export function language() {
  return tag;
}

/** The language asked for by `?lang=`, else the browser's, else English. */
function wanted() {
  const asked = new URLSearchParams(location.search).get("lang");
  const tags = [asked, ...navigator.languages].filter(Boolean);
  const known = tags.map((one) => one.toLowerCase().split("-")[0]);
  return known.find((one) => LANGUAGES.includes(one)) ?? "en";
}

/**
 * Loads a language and fills the page; whoever made parts of it by hand hears the event `language` on the document.
 * @param {string} [chosen] by default the one wanted by the address or the browser
 */
export async function speak(chosen = wanted()) {
  words = await (await fetchChecked(`words/${chosen}.json`)).json();
  tag = chosen;
  document.documentElement.lang = tag;
  fill(document);
  document.dispatchEvent(new Event("language"));
}

/**
 * Whether there is such a sentence.
 * @param {string} key
 */
export function has(key) {
  return Object.hasOwn(words, key);
}

/**
 * A sentence, with `{name}` filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const sentence = words[key];
  if (sentence === undefined) throw new Error(`there is no sentence ${key}`);
  return typeset(sentence.replace(/\{([a-z]+)\}/g, (_, name) => String(values[name])));
}

/** In French a space before a colon, a question mark or inside quotation marks never ends a line. */
function typeset(text) {
  if (tag !== "fr") return text;
  return text.replace(/ (?=[?!:;»])/g, "\u00a0").replace(/« /g, "«\u00a0");
}

/**
 * Fills every element below that names a sentence.
 * @param {ParentNode} below
 */
export function fill(below) {
  for (const element of below.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of below.querySelectorAll("[data-say-label]")) {
    element.setAttribute("aria-label", say(element.dataset.sayLabel));
  }
}

/**
 * A number as it is written in this language.
 * @param {number} number
 * @returns {string}
 */
export function figure(number) {
  return new Intl.NumberFormat(tag).format(number);
}

/**
 * A moment as it is written in this language, with the time zone it is meant in.
 * @param {number} seconds since 1970
 * @returns {string}
 */
export function moment(seconds) {
  const written = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" }).format(seconds * 1000);
  const parts = new Intl.DateTimeFormat(tag, { timeZoneName: "short" }).formatToParts(seconds * 1000);
  return `${written} (${parts.find(({ type }) => type === "timeZoneName").value})`;
}

/**
 * Of a text in several languages the one that fits best: this language, else the first.
 * @param {string[]} languages the election's
 * @param {string[]} text one string for each of them
 * @returns {string}
 */
export function pick(languages, text) {
  const mine = languages.findIndex((one) => one.toLowerCase().split("-")[0] === tag);
  return text[Math.max(mine, 0)] ?? text[0] ?? "";
}

/**
 * The attribute `lang` of such a text, where it is in another language than the page.
 * @param {string[]} languages the election's
 * @returns {string | undefined}
 */
export function tongue(languages) {
  return languages.some((one) => one.toLowerCase().split("-")[0] === tag) ? undefined : languages[0];
}
