// node assign.mjs URL PICTURE: a person finds out which drive is drive 1 of a robot, and says so.
import { check, run } from "./browser.mjs";

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
  check((await page.locator("#alerts").textContent()).includes("Drive 1 is not assigned"), "nothing is said where everybody looks");
  const line = await drive.textContent();
  for (const part of ["HL-DT-ST BD-RE BH16NS55", "K-DESK", "/dev/sr0", "plugged in at usb-1", "of no robot"]) check(line.includes(part), `${part} is not in: ${line}`);
  check((await other.textContent()).includes("drive 1 of shelf"), "it is not said whose the other drive is");
  check((await other.getByRole("button", { name: /This is drive/ }).count()) === 0, "the other robot's drive may be taken");
  await shoot("asked");

  await drive.getByRole("button", { name: "Open its tray" }).click();
  await drive.getByRole("status").waitFor({ timeout: 15000 }); // a file has no tray: what came of it is said in its line
  await drive.getByText("does not tell where its tray is").waitFor({ timeout: 15000 });
  await shoot("tray");

  await drive.getByRole("button", { name: "This is drive 1" }).click();
  await page.locator("#alerts").getByText("Drive 1 is not assigned").waitFor({ state: "detached", timeout: 15000 });
  await card.getByText("Drives of this machine").waitFor();
  await card.getByText("Drives of this machine").click();
  check((await drive.textContent()).includes("drive 1 of desk"), "it is not said that it is this robot's");
  check((await drive.getByRole("button", { name: "Take it back" }).count()) === 1, "it cannot be taken back");
  await shoot("said");
  check(errors.length === 0, `the page has errors: ${errors.join("; ")}`);
});
