// node rules.mjs URL PICTURE: staff see which rule decided, order what came late, and release what a rule held.
import { check, run } from "./browser.mjs";

const [url, picture] = process.argv.slice(2);

await run(async (browser) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);

  const late = page.getByRole("row", { name: "Study 8" });
  await late.getByText("ordered by rule “burn at once”").waitFor({ timeout: 30000 });
  await late.getByText("2 objects came after the disc of job 1").waitFor();
  check((await page.locator('article[data-job="1"]').textContent()).includes("2 objects came after its discs were begun"), "the job does not say what came late");
  const ignored = page.getByRole("row", { name: "Study 7" });
  await ignored.getByText("ignored by rule “not for discs”").waitFor();
  check((await ignored.locator("button.primary").count()) === 0, "an ignored study asks to be burned");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-late.png"), fullPage: true });

  await late.getByRole("button", { name: "Supplement" }).click();
  const supplement = page.locator("article[data-job]", { hasText: "supplement to job 1" });
  await supplement.waitFor({ timeout: 60000 });
  check((await supplement.textContent()).includes("2 objects"), "the supplement is not of the late objects");
  await late.getByRole("button", { name: "Supplement" }).waitFor({ state: "detached", timeout: 60000 });
  await page.locator('article[data-job][data-state="done"]', { hasText: "supplement to job 1" }).waitFor({ timeout: 120000 });

  const waiting = page.locator("article[data-job]", { hasText: "rule “a person looks”" });
  check((await waiting.getByRole("button", { name: "Try again" }).count()) === 0, "a job that waits for its release is offered as a failed one");
  await waiting.getByRole("button", { name: "Release" }).click();
  await waiting.getByRole("button", { name: "Release" }).waitFor({ state: "detached", timeout: 30000 });

  await ignored.getByRole("button", { name: "Burn", exact: true }).click();
  const dialog = page.locator("dialog#burn");
  await dialog.waitFor();
  check((await dialog.getByLabel("Priority").inputValue()) === "normal", "a person's order is not of normal priority");
  await dialog.getByLabel("Priority").selectOption("stat");
  if (picture) await page.screenshot({ path: picture.replace(".png", "-priority.png") });
  await dialog.getByRole("button", { name: "Burn", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.locator("article[data-job] .state", { hasText: "stat" }).first().waitFor({ timeout: 30000 });
  check(errors.length === 0, `the page has errors: ${errors.join("; ")}`);
});
