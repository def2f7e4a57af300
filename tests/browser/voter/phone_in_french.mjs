// A phone of 320 points, in French: the letter's code typed wrongly, then right; a budget overdrawn, then not; in the box; voted again.
import { PHONE, device, heading, number, require, scenario, screen, town, voteAddress } from "../voters.mjs";

await scenario(async () => {
  const letter = town.letters[0];
  const page = await device({ ...PHONE, locale: "fr-FR" });
  await page.goto(voteAddress(letter, false));
  await heading(page, "Qui vote ?");
  require((await page.evaluate(() => location.hash)) === "", "the fragment stays in the address");
  await screen(page, "vote-identify-fr");
  const code = page.getByLabel("Le code de votre lettre");
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByText("Merci de remplir ce champ.").waitFor();
  // Capitals, accents apart and spaces around make no other person.
  await page.getByLabel("Votre identifiant").fill(` ${letter.identifier.normalize("NFD").toUpperCase()}  `);
  await code.fill(letter.code.replace(/.$/, (last) => (last === "2" ? "3" : "2")));
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByText("Il y a une faute de frappe dans ce code.").first().waitFor();
  await screen(page, "vote-typing-mistake-fr");
  await code.fill(letter.code.toLowerCase().replaceAll("-", " "));
  await page.getByRole("button", { name: "Continuer" }).click();

  await heading(page, "Que faire de 120 000 € ?");
  const standing = page.locator("#standing");
  for (const project of ["Une passerelle sur la Brise", "Un kiosque à musique", "Un minibus le dimanche"]) {
    await page.getByLabel(project).check();
  }
  require((await standing.textContent()).startsWith("Budget dépassé"), "the budget is overdrawn and not said so");
  await page.getByRole("button", { name: "Continuer" }).click();
  await screen(page, "vote-budget-overdrawn-fr");
  await page.getByLabel("Un minibus le dimanche").uncheck();
  require((await standing.textContent()).startsWith("Il reste à dépenser"), "what is left is not said");
  await screen(page, "vote-budget-fr");
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByLabel("Vote blanc").check();
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByRole("button", { name: "Un de plus pour Le carnaval" }).click();
  await screen(page, "vote-points-fr");
  await page.getByRole("button", { name: "Voir mes choix" }).click();

  await heading(page, "Vos choix");
  await screen(page, "vote-review-fr");
  await page.getByRole("button", { name: "Déposer mon vote" }).click();
  await heading(page, "Votre vote est dans l’urne");
  await screen(page, "vote-in-the-box-fr");
  const first = await number(page);
  require(/^\d{4} \d{4}$/.test(first), `not a number to read aloud: ${first}`);

  // After a reload the same voter sees the receipt again, and nothing is cast a second time.
  await page.reload();
  await page.goto(voteAddress(letter, false));
  await page.getByText(`avec le numéro ${first}`).waitFor();
  await page.getByLabel("Votre identifiant").fill(letter.identifier);
  await page.getByLabel("Le code de votre lettre").fill(letter.code);
  await page.getByRole("button", { name: "Continuer" }).click();
  await heading(page, "Votre vote est dans l’urne");
  require((await number(page)) === first, "another ballot after a reload");

  await page.getByRole("button", { name: "Voter à nouveau" }).click();
  await page.getByText("Un vote de vous est déjà dans l’urne.").waitFor();
  await screen(page, "vote-again-fr");
  await page.getByLabel("Vote blanc").check();
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByLabel("Le samedi").check();
  await page.getByRole("button", { name: "Continuer" }).click();
  await page.getByRole("button", { name: "Voir mes choix" }).click();
  await page.getByRole("button", { name: "Déposer mon vote" }).click();
  await heading(page, "Votre vote est dans l’urne");
  require((await number(page)) !== first, "the second vote has the first one's number");
  page.must();
});
