// The answer to the first cast never arrives, and the page is closed. It resumes with the same bytes: one ballot on the board.
import { DESK, device, fillIn, heading, require, scenario, screen, town, voteAddress } from "../voters.mjs";

const boardSize = async () => (await (await fetch(`${town.url}/api/v1/elections/${town.election}`)).json()).size;

await scenario(async () => {
  const letter = town.letters[3];
  const page = await device({ ...DESK, locale: "en-GB" });
  page.breaks = true;
  await fillIn(page, letter, { projects: ["Beehives in the park"], day: "Saturday" });
  const before = await boardSize();
  const sent = [];
  let broken = 0;
  await page.route("**/ballots", async (route) => {
    sent.push(route.request().postDataBuffer().toString("base64"));
    const headers = route.request().headers();
    require(!headers.cookie && !headers.authorization, "the cast request carries a session");
    if (broken < 2) {
      broken += 1;
      // The server has it; its answer is lost.
      await route.fetch();
      return route.abort("connectionreset");
    }
    return route.continue();
  });
  await page.getByRole("button", { name: "Cast my vote" }).click();
  await page.getByText("No connection. The same vote is sent again").waitFor();
  await screen(page, "vote-lost-connection-en");
  await page.goto("about:blank");
  // Another voter at the same browser is not told that it is theirs.
  const other = town.letters[9];
  await page.goto(voteAddress(other));
  await heading(page, "Who votes?");
  await page.getByText("A vote was cast from this device earlier.").waitFor();
  await screen(page, "vote-earlier-en");
  await page.getByLabel("Your identifier").fill(other.identifier);
  await page.getByRole("button", { name: "Continue" }).click();
  await heading(page, "What should 120,000 euros be spent on?");
  // Its own voter is.
  await page.goto("about:blank");
  await page.goto(voteAddress(letter));
  await heading(page, "Who votes?");
  await page.getByLabel("Your identifier").fill(letter.identifier);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("A vote of yours is already in the box.").waitFor();
  require(sent.length >= 2 && new Set(sent).size === 1, "other bytes were sent the second time");
  require((await boardSize()) === before + 1, "the vote was cast twice");

  // Overloaded for a moment: the server's pause is kept, and the same bytes go again.
  await page.unroute("**/ballots");
  const times = [];
  await page.route("**/ballots", async (route) => {
    times.push(Date.now());
    const body = JSON.stringify({ code: "overloaded", message: "busy" });
    if (times.length === 1) return route.fulfill({ status: 503, headers: { "retry-after": "2" }, contentType: "application/json", body });
    // An answer that nobody signed decides nothing.
    if (times.length === 2) return route.fulfill({ status: 422, headers: { "retry-after": "1" }, contentType: "application/json", body: JSON.stringify({ code: "closed", message: "no" }) });
    return route.continue();
  });
  await page.getByLabel("Blank vote").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Blank vote").check();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "See my choices" }).click();
  await page.getByRole("button", { name: "Cast my vote" }).click();
  await page.getByText("but not with the server’s signature").waitFor();
  await heading(page, "Your vote is in the box");
  require(times[1] - times[0] >= 2000, "Retry-After was not obeyed");
  page.must();
});
