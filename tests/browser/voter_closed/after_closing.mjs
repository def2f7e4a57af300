// The box is closed: nobody is asked to vote, and a vote that was cast counts.
import { PHONE, device, heading, scenario, screen, town, voteAddress } from "../voters.mjs";

await scenario(async () => {
  const letter = town.letters[1];
  const page = await device({ ...PHONE, locale: "en-GB" });
  await page.goto(voteAddress(letter));
  await heading(page, "The box is closed");
  await screen(page, "vote-closed-en");
  await page.getByRole("link", { name: "Is my vote still there?" }).click();
  await heading(page, "Is my vote still there?");
  await page.getByLabel("Your identifier").fill(letter.identifier);
  await page.getByLabel("The code on your letter").fill(letter.code);
  await page.getByRole("button", { name: "Look with my letter’s code" }).click();
  await heading(page, "Your vote counts");
  await screen(page, "receipt-counts-en");
  page.must();
});
