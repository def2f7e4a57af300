// Keys alone, in English: every step's heading gets the focus, every control is reached, one vote is cast.
import { DESK, device, heading, require, scenario, screen, town, voteAddress } from "../voters.mjs";

await scenario(async () => {
  const letter = town.letters[1];
  const page = await device({ ...DESK, locale: "en-GB" });
  await page.goto(voteAddress(letter));
  await heading(page, "Who votes?");
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id || "");
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  /** Tab until what has the focus is called this. */
  const reach = async (id) => {
    for (let tries = 0; tries < 60; tries += 1) {
      const found = await page.evaluate((wanted) => {
        const { activeElement: it } = document;
        return it.id === wanted || it.textContent === wanted || it.getAttribute("aria-label") === wanted;
      }, id);
      if (found) return;
      await press("Tab");
    }
    throw new Error(`Tab never reaches ${id}`);
  };
  require((await focused()) === "Who votes?", "the heading has no focus");
  await reach("identifier");
  await page.keyboard.type(letter.identifier);
  await page.getByText("What is kept about me?").click();
  await screen(page, "vote-identify-en");
  await page.getByLabel("Your identifier").focus();
  await press("Enter");
  await heading(page, "What should 120,000 euros be spent on?");
  require((await focused()) === "What should 120,000 euros be spent on?", "the question's heading has no focus");
  await reach("o2");
  await press("Space");
  await reach("o3");
  await press("Space");
  await screen(page, "vote-budget-en");
  await reach("Continue");
  await press("Enter");
  await heading(page, "Which day for the market?");
  // The arrows choose among what excludes each other.
  await press("Tab", "Space", "ArrowDown", "ArrowUp");
  await reach("Continue");
  await press("Enter");
  await heading(page, "Share out six points among the festivals");
  await reach("o0");
  await page.keyboard.type("7");
  await reach("o1");
  require((await page.locator("#o0").inputValue()) === "4", "a number above the limit stays");
  await page.keyboard.type("2");
  await screen(page, "vote-points-en");
  await press("Enter");
  await heading(page, "Your choices");
  await screen(page, "vote-review-en");
  await reach("cast");
  await press("Enter");
  await heading(page, "Your vote is in the box");
  require((await focused()) === "Your vote is in the box", "the last heading has no focus");
  await reach("How do you know?");
  await press("Enter");
  await screen(page, "vote-in-the-box-en");
  page.must();
});
