// A second device: it catches the seal, sees a ballot opened, catches another one, and finds it on the board.
import { DESK, PHONE, device, fillIn, heading, number, require, scenario, screen, town } from "../voters.mjs";

/** The line below a square, as it would be scanned. */
const line = async (page, summary) => {
  await page.getByText(summary, { exact: true }).first().click();
  return page.locator("textarea.line").inputValue();
};

await scenario(async () => {
  const letter = town.letters[2];
  const voting = await device({ ...DESK, locale: "en-GB" });
  // In the dark, so that its colours are looked at as well.
  const second = await device({ ...PHONE, locale: "en-GB", colorScheme: "dark" });
  const check = `${town.url}/booth/check.html`;

  await second.goto(check);
  await heading(second, "Check the other device");
  await screen(second, "check-start-en");
  // Typed from a letter without squares, wrongly and rightly, then as its square opens it.
  await second.getByLabel("From your letter: the square for a second device").fill("nothing of the kind");
  await second.getByLabel("The election, as printed on your letter").fill(town.election);
  await second.getByRole("button", { name: "Continue" }).click();
  await second.getByText("This line has 43 characters.").waitFor();
  await second.getByLabel("From your letter: the square for a second device").fill(letter.half);
  await second.getByRole("button", { name: "Continue" }).click();
  await heading(second, "1. Catch the seal of the ballot");
  await second.goto(`${check}?#e=${town.election}&u=${letter.half}`);
  await heading(second, "1. Catch the seal of the ballot");
  await screen(second, "check-catch-en");

  await fillIn(voting, letter, { projects: ["Large-print books"], day: "Sunday" });
  await voting.getByText("Check that my device did not cheat").click();
  await voting.locator("#start-check").click();
  await heading(voting, "Show this to your second device");
  await screen(voting, "vote-seal-en");
  const seal = await line(voting, "Or copy this line:");
  await second.getByLabel("Or paste the line below the square").fill(seal);
  await second.getByRole("button", { name: "Continue" }).click();
  await heading(second, "Caught");
  require((await number(second)) === (await number(voting)), "the two devices show different numbers");
  await screen(second, "check-caught-en");

  await voting.locator("#open-ballot").click();
  await heading(voting, "Opened for the check");
  await screen(voting, "vote-opened-en");
  const opened = await line(voting, "Or copy this line:");
  // What the voting device shows may bring neither another seal nor another line.
  for (const mixed of [`${opened}&k=${"A".repeat(43)}`, `${opened}&u=${letter.half}`]) {
    await second.goto(mixed);
    await second.getByText("This is not what a device shows when it opens a ballot.").waitFor();
    await second.goto("about:blank");
  }
  await second.goto(`${check}#e=${town.election}&u=${town.letters[3].half}`);
  await heading(second, "Replace what this device knows?");
  await screen(second, "check-replace-en");
  await second.getByRole("button", { name: "Keep what is there" }).click();
  await heading(second, "Caught");
  // As a phone's camera opens it: in the same page, by its link.
  await second.goto(opened);
  await heading(second, "The ballot held exactly this");
  for (const held of ["Large-print books", "Sunday", "The carnival: 1"]) await second.getByText(held).waitFor();
  await screen(second, "check-unchanged-en");

  await second.getByRole("button", { name: "Start a new check" }).click();
  await heading(second, "Check the other device");
  require((await second.evaluate(() => localStorage.length)) === 0, "a check that is over stays on the device");
  await second.goto(`${check}?again#e=${town.election}&u=${letter.half}`);
  await second.getByText(`ends with ${letter.half.slice(-6)}`).waitFor();
  await voting.getByRole("button", { name: "Make a new ballot" }).click();
  await heading(voting, "Your choices");
  await voting.getByText("Check that my device did not cheat").click();
  await voting.locator("#start-check").click();
  const again = await line(voting, "Or copy this line:");
  require(again !== seal, "a new ballot has the opened one's seal");
  await second.getByLabel("Or paste the line below the square").fill(again);
  await second.getByRole("button", { name: "Continue" }).click();
  await second.locator("#look").click();
  await heading(second, "Not on the board yet");
  await screen(second, "check-waiting-en");
  await voting.locator("#cast").click();
  await heading(voting, "Your vote is in the box");
  // The receipt is given for what is published, so the second device finds it at once.
  await second.getByRole("button", { name: "Look again" }).click();
  await heading(second, "This very ballot is in the box");
  await screen(second, "check-in-the-box-en");

  // What was opened is not what is caught now: the page says that the device cheated.
  await second.goto(opened);
  await heading(second, "This did not work");
  voting.must();
  second.must();
});
