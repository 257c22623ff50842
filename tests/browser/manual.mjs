// node manual.mjs URL PICTURE: one disc by an ordinary drive, as front-desk staff would press it through.
import { asIf, check, run } from "./browser.mjs";

const [url, picture] = process.argv.slice(2);

await run(async (browser) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  const shoot = async (name) => picture && page.screenshot({ path: picture.replace(".png", `-${name}.png`) });
  await page.goto(url);
  const burn = page.getByRole("button", { name: /^Burn/ }).first();
  await burn.waitFor({ timeout: 15000 });
  check((await page.locator("#robots").textContent()).includes("label by hand"), "the robot's card does not say what it cannot do");

  await burn.click();
  const dialog = page.locator("dialog#burn");
  await dialog.waitFor();
  const notes = await dialog.locator("#burn-notes").textContent();
  for (const part of ["No label printer: label by hand.", "A person puts the discs in"])
    check(notes.includes(part), `before Burn it is not said: ${part} (${notes})`);
  await shoot("burn");
  await dialog.getByRole("button", { name: "Burn", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });

  const insert = page.locator('[data-step="insert"]');
  await insert.waitFor({ timeout: 60000 });
  const asked = await insert.textContent();
  check(asked.includes("Put a blank CD into drive 1.") && asked.includes("disc 1 of 1"), `it is asked: ${asked}`);
  check((await page.title()).includes("Put a blank CD"), "the page's title does not say that somebody is waited for");
  await shoot("insert");
  await insert.getByRole("button", { name: "The disc is in" }).click();

  const handOver = page.locator('[data-step="hand_over"]');
  await handOver.waitFor({ timeout: 120000 });
  const name = await page.locator("#studies tbody tr b").first().textContent();
  const text = await handOver.locator(".byhand").textContent();
  check(name.length > 3 && text.includes(name) && text.includes("Disc 1 of 1"), `to be written on the disc: ${text}`);
  await shoot("hand-over");
  await handOver.getByRole("button", { name: "Show the label" }).click();
  const width = await page.locator("#label-view img").evaluate((img) => img.decode().then(() => img.naturalWidth));
  check(width === 1417, `the picture of the label is ${width} pixels wide`);
  await page.locator("#label-view").getByRole("button", { name: "Close" }).click();

  const secondOfTwo = (job) => ({ ...job, disc_list: job.disc_list.map((d) => ({ ...d, n: 2, of: 2 })) });
  await asIf(browser, /\/api\/jobs\/\d+\??$/, secondOfTwo, async (second) => {
    await second.goto(url);
    const label = second.waitForRequest(/\/label\?n=2&/, { timeout: 30000 });
    await second.locator('[data-step="hand_over"]').getByRole("button", { name: "Show the label" }).click();
    await label;
  });

  const asking = (task, sentence) => (status) => {
    for (const robot of status.now.robots) if (robot.step) Object.assign(robot.step, { task, sentence });
  };
  await asIf(browser, /\/api\/status/, asking("throw_away", "Bad disc: cut it"), async (third) => {
    await third.goto(url);
    const bad = third.locator('[data-step="throw_away"]');
    await bad.getByRole("button", { name: "Cut and thrown away" }).waitFor();
    const said = await bad.textContent();
    check(said.includes("disc 1 of 1") && !said.includes(name), `a bad disc is somebody's: ${said}`);
  });
  await asIf(browser, /\/api\/status/, asking("check_gripper", "Is it empty?"), async (fourth) => { // an arm's question
    await fourth.goto(url);
    check((await fourth.locator('[data-step="check_gripper"] b').textContent()) === "Is it empty?", "a question has a full stop");
  });
  await handOver.getByRole("button", { name: "Labelled and put there" }).click();

  await page.locator("article[data-job]").first().getByText("delivered").waitFor({ timeout: 60000 });
  await handOver.waitFor({ state: "detached" });
  check((await page.title()) === "Discwright", "somebody is still waited for");
  await shoot("done");
  check(errors.length === 0, `the page has errors: ${errors.join("; ")}`);
});
