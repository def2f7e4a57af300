// A letter and a mail: two halves, one vote. The server's part of the sign-in is played here (it is tried against the real one in
// `crates/service/tests/http/sign_in.rs`); both halves, the ballot and the box are real.
import { DESK, PHONE, device, heading, require, scenario, screen, town } from "../voters.mjs";

const TOKEN = "t".repeat(43);
const USED = "u".repeat(43);

/** A page whose server is the second issuer and knows this voter by the token and by 1234 5678. */
async function voterOf(letter, options) {
  const page = await device(options);
  page.breaks = true;
  page.asked = [];
  const election = `${town.url}/api/v1/elections/${town.election}`;
  await page.route(election, async (route) => {
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), server_issuer: 2 } });
  });
  await page.route(`${election}/sign-in`, (route) => {
    const shown = route.request().postDataJSON();
    page.asked.push(shown);
    const known = shown.token === TOKEN || (shown.identifier === letter.identifier && shown.code === "12345678");
    if (known) return route.fulfill({ json: { half: letter.halves[1], key: letter.key, language: "en" } });
    return route.fulfill({ status: 401, json: { code: "sign-in-refused", message: "no" } });
  });
  await page.route(`${election}/links`, (route) => route.fulfill({ status: 202 }));
  return page;
}

const address = (token) => `${town.url}/booth/vote.html#e=${town.election}${token ? `&t=${token}` : ""}`;

async function type(page, letter, code = letter.code) {
  await page.getByLabel("Your identifier").fill(letter.identifier);
  await page.getByLabel("The code on your letter").fill(code);
}

async function castBlank(page) {
  await page.getByLabel("Blank vote").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Blank vote").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "See my choices" }).click();
  await page.getByRole("button", { name: "Cast my vote" }).click();
  await heading(page, "Your vote is in the box");
}

await scenario(async () => {
  const [first, second, third] = town.letters;

  const link = await voterOf(first, { ...PHONE, locale: "en-GB" });
  await link.goto(address(TOKEN));
  await heading(link, "Who votes?");
  require(link.asked.length === 0, "opening the link alone spends it");
  require(!link.url().includes(TOKEN), "the token stays in the address");
  await screen(link, "vote-identify-by-mail-en");
  // A typing mistake does not spend the link.
  await type(link, first, first.code.replace(/.$/, (last) => (last === "2" ? "3" : "2")));
  await link.getByRole("button", { name: "Continue" }).click();
  await link.getByText("There is a typing mistake in this code.").first().waitFor();
  require(link.asked.length === 0, "a typing mistake spends the link");
  await type(link, first);
  await link.getByRole("button", { name: "Continue" }).click();
  await castBlank(link);

  const figures = await voterOf(second, { ...DESK, locale: "en-GB" });
  await figures.goto(address(USED));
  await heading(figures, "Who votes?");
  await type(figures, second);
  await figures.getByRole("button", { name: "Continue" }).click();
  await figures.getByText("This link or code does not work any more").waitFor();
  await figures.getByRole("button", { name: "Send me a new mail" }).click();
  await figures.getByText("If this identifier is on the list, a mail is on its way.").waitFor();
  await screen(figures, "vote-one-time-code-en");
  await figures.getByLabel("The 8 figures in your mail").fill("1234 5678");
  await figures.getByRole("button", { name: "Continue" }).click();
  await castBlank(figures);

  // One person's mail and another's letter.
  const mixed = await voterOf(third, { ...DESK, locale: "en-GB" });
  await mixed.goto(address(TOKEN));
  await heading(mixed, "Who votes?");
  await type(mixed, second);
  await mixed.getByRole("button", { name: "Continue" }).click();
  await mixed.getByText("The code and the mail do not belong to the same person.").waitFor();
  await type(mixed, third);
  await mixed.getByRole("button", { name: "Continue" }).click();
  await heading(mixed, "What should 120,000 euros be spent on?");
  require(mixed.asked.length === 1, "what was released once is asked for again");
  [link, figures, mixed].forEach((page) => page.must());
});
