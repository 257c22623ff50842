// node assign.mjs URL PICTURE: a person finds out which drive is drive 1 of a robot, and says so.
import { asIf, check, run } from "./browser.mjs";

const [url, picture] = process.argv.slice(2);

await run(async (browser) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  const errors = [];
  page.on("pageerror", (error) => errors.push(error.message));
  const shoot = async (name) => picture && page.screenshot({ path: picture.replace(".png", `-${name}.png`), fullPage: true });
  await page.goto(url);
  const card = page.locator('article[data-robot="desk"]');
  const drive = card.locator('[data-drive="serial:K-DESK"]'), other = card.locator('[data-drive="serial:K-SHELF"]');
  await drive.waitFor({ timeout: 15000 });
  check((await card.locator(".bays").textContent()).includes("Drive 1 is not assigned"), "the card does not say what is asked");
  await page.locator("#alerts").getByText("Drive 1 is not assigned").waitFor({ timeout: 15000 });
  check((await page.locator("#alerts").textContent()).includes("(IT)"), "it is not said who mends it");
  const line = await drive.textContent();
  for (const part of ["HL-DT-ST BD-RE BH16NS55", "K-DESK", "/dev/sr0", "plugged in at usb-1", "of no robot"]) check(line.includes(part), `${part} is not in: ${line}`);
  check((await other.textContent()).includes("drive 1 of shelf"), "it is not said whose the other drive is");
  check((await other.getByRole("button", { name: /This is drive/ }).count()) === 0, "the other robot's drive may be taken");
  await shoot("asked");

  await drive.getByRole("button", { name: "Open its tray" }).click();
  await drive.getByRole("status").waitFor({ timeout: 15000 }); // a file has no tray: what came of it is said in its line
  await drive.getByText("does not tell where its tray is").waitFor({ timeout: 15000 });
  await shoot("tray");

  const withArm = (status) => status.now.robots.forEach((robot) => { robot.caps = []; });
  await asIf(browser, /\/api\/status\?/, withArm, async (armed) => { // nobody but a person sees where it is
    const bin = armed.locator('article[data-robot="desk"] .part').filter({ hasText: "bin 1" });
    const asked = [], sent = [];
    let yes = false;
    armed.on("dialog", (dialog) => { asked.push(dialog.message()); return yes ? dialog.accept() : dialog.dismiss(); });
    armed.on("request", (request) => request.url().includes("/api/robots/tray") && sent.push(request.postDataJSON()));
    await armed.goto(url);
    const tray = armed.locator('article[data-robot="desk"] [data-drive="serial:K-DESK"]').getByRole("button", { name: "Open its tray" });
    await tray.waitFor({ timeout: 15000 });
    check((await bin.textContent()).includes("not counted · CD"), `of a bin that an arm takes from it is said: ${await bin.textContent()}`);
    check(await bin.getByRole("button", { name: "Refilled" }).isVisible(), "nobody can say how many blanks an arm has");
    await tray.click();
    check(asked.length === 1 && asked[0].includes("is the way of the tray free?"), `it is asked: ${asked}`);
    check(sent.length === 0, "a tray was to be opened although nobody had looked");
    yes = true;
    const order = armed.waitForRequest(/\/api\/robots\/tray/, { timeout: 15000 });
    await tray.click();
    await order;
    check(sent[0].free === true && sent[0].address === "serial:K-DESK", `it was ordered: ${JSON.stringify(sent)}`);
  });

  await drive.getByRole("button", { name: "This is drive 1" }).click();
  await page.locator("#alerts").getByText("Drive 1 is not assigned").waitFor({ state: "detached", timeout: 15000 });
  await card.getByText("Drives of this machine").waitFor();
  await card.getByText("Drives of this machine").click();
  await drive.getByText("drive 1 of desk").waitFor({ state: "attached", timeout: 15000 });
  await drive.locator('[data-act^="back-"]').waitFor({ state: "attached", timeout: 15000 });
  await shoot("said");
  check(errors.length === 0, `the page has errors: ${errors.join("; ")}`);
});
