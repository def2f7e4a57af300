// What every scenario does: opens pages as a phone, a keyboard or a second device would, and fails on whatever a page must not do; then
// what those of voters have in common.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Server, election and letters, as the test that runs this says. */
export const town = JSON.parse(process.env.URNE_TOWN);
const screens = process.env.URNE_SCREENS;

export const PHONE = { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
export const DESK = { viewport: { width: 1000, height: 800 } };

let browser;
const pages = [];

/** Starts the browser, runs the scenario, ends the browser. A scenario that fails says what was on the screens. */
export async function scenario(run) {
  browser = await chromium.launch({ executablePath: process.env.URNE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  try {
    await run();
  } catch (error) {
    for (const page of pages) console.error(`--- ${page.url()}\n${await page.locator("main").innerText().catch(String)}`);
    throw error;
  } finally {
    await browser.close();
  }
}

export function require(condition, what) {
  if (!condition) throw new Error(what);
}

/**
 * A device of its own: nothing is shared with any other. Errors, broken policies and strange hosts end the scenario.
 * @param {object} options of the browser's context
 */
export async function device(options) {
  const context = await browser.newContext({ reducedMotion: "reduce", acceptDownloads: true, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error}`));
  page.on("console", (message) => {
    // A request that a scenario breaks on purpose is reported by the browser as an error of its own.
    const expected = page.breaks && message.text().includes("Failed to load resource");
    if (message.type() === "error" && !expected) wrong.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    const own = [town.url, "data:", "blob:", "file:"].some((start) => url.startsWith(start));
    if (!own) wrong.push(`a request to ${url}`);
  });
  page.must = () => require(wrong.length === 0, wrong.join("\n"));
  page.setDefaultTimeout(30_000);
  pages.push(page);
  return page;
}

/** The picture of a screen, after it was looked at for barriers. */
export async function screen(page, name) {
  page.must();
  await page.evaluate(axeSource);
  const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), AA);
  const barriers = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  require(barriers.length === 0, `${name}: barriers\n${barriers.join("\n")}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  require(!wide, `${name}: wider than the screen`);
  if (screens) await page.screenshot({ path: `${screens}/${name}.png`, fullPage: true, scale: "css" });
}

/** The page to vote on, as a letter's code opens it. */
export const voteAddress = (letter, withCode = true) =>
  `${town.url}/booth/vote.html#e=${town.election}${withCode ? `&c=${letter.code}` : ""}`;

/** Waits for the step with this heading. */
export const heading = (page, text) => page.getByRole("heading", { level: 1, name: text }).waitFor();

/** The eight digits on show. */
export const number = (page) => page.locator("#ballot-number, .number").first().textContent();

/** From the letter's link to the choices once more, in English, with these projects, day and festival. */
export async function fillIn(page, letter, { projects, day }) {
  await page.goto(voteAddress(letter));
  await heading(page, "Who votes?");
  await page.getByLabel("Your identifier").fill(letter.identifier);
  await page.getByRole("button", { name: "Continue" }).click();
  await choose(page, { projects, day });
}

/** The questions, answered. */
export async function choose(page, { projects, day }) {
  await heading(page, "What should 120,000 euros be spent on?");
  for (const project of projects) await page.getByLabel(project).check();
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "Which day for the market?");
  await page.getByLabel(day).check();
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "Share out six points among the festivals");
  await page.getByRole("button", { name: "One more for The carnival" }).click();
  await page.getByRole("button", { name: "See my choices" }).click();
  await heading(page, "Your choices");
}
