// The easy mode: the server alone makes the codes, and a link in a mail is all a voter needs. The page says what that costs. (The
// server's part of the sign-in is played here, as in `voter_with_mail/`.)
import { PHONE, device, heading, require, scenario, screen, town } from "../voters.mjs";

await scenario(async () => {
  const letter = town.letters[8];
  const page = await device({ ...PHONE, locale: "fr-FR" });
  const election = `${town.url}/api/v1/elections/${town.election}`;
  await page.route(election, async (route) => {
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), server_issuer: 1 } });
  });
  await page.route(`${election}/sign-in`, (route) =>
    route.fulfill({ json: { half: letter.halves[0], key: letter.key, language: "fr" } }),
  );
  await page.goto(`${town.url}/booth/vote.html#e=${town.election}&t=${"t".repeat(43)}`);
  await heading(page, "Qui vote ?");
  require((await page.getByRole("textbox").count()) === 0, "something has to be typed");
  await screen(page, "vote-identify-easy-fr");
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByLabel("Vote blanc").check();
  await page.getByRole("button", { name: "Continuer" }).click();
  // Another language in the middle of a vote: what was chosen stays.
  await page.getByLabel("Le dimanche").check();
  await page.getByRole("link", { name: "English" }).click();
  await heading(page, "Which day for the market?");
  require(await page.getByLabel("Sunday").isChecked(), "the language takes the choice away");
  await page.getByRole("link", { name: "Français" }).click();
  await heading(page, "Quel jour pour le marché ?");
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByRole("button", { name: "Voir mes choix" }).click();
  await page.getByRole("button", { name: "Déposer mon vote" }).click();
  await heading(page, "Votre vote est dans l’urne");
  await page.getByText("Comment le sait-on ?").click();
  await page.getByText("Qui fait tous les codes pourrait voter à la place de n’importe qui").waitFor();
  await screen(page, "vote-in-the-box-easy-fr");
  page.must();
});
