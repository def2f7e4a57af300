// What the façade needs to draw letters: hours as people write them, and the sentences of every language.
import { fetchChecked } from "../module.js";
import { LANGUAGES } from "../words.js";

/** A moment in a language. */
function moment(tag, seconds) {
  return new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" }).format(new Date(seconds * 1000));
}

async function words(tag, { opens, closes }) {
  const all = await (await fetchChecked(`words/${tag}.json`)).json();
  const sentences = Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith("letter.")));
  return { opens: moment(tag, opens), closes: moment(tag, closes), sentences };
}

/**
 * @param {{opens: number, closes: number}} view
 * @param {{window: "left" | "right", language: string}} choices
 */
export async function letterOrder(view, choices) {
  const pairs = await Promise.all(LANGUAGES.map(async (tag) => [tag, await words(tag, view)]));
  return { base: location.origin, ...choices, words: Object.fromEntries(pairs) };
}
