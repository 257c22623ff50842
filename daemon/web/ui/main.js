// The console: one page, refreshed every second while it is looked at.
import { get, post, session } from "./api.js";
import { el, plural, sync } from "./dom.js";
import { refreshAudit } from "./audit.js";
import { refreshDrives } from "./drives.js";
import { refreshQueue } from "./queue.js";
import { refreshReceiving } from "./receiving.js";
import { refreshRobots } from "./robots.js";
import { refreshStudies, setRobots } from "./studies.js";

const $ = (selector) => document.querySelector(selector);
let busy = false;

function health(status, now) {
  const parts = [];
  const dicom = now.listening?.dicom;
  parts.push(dicom ? el("span", {}, "Receiving as ", el("b", {}, now.listening.aet), ` on port ${now.listening.ports.map((entry) => entry.port).join(", ")}`) : el("span", { class: "bad" }, "Not receiving"));
  const waiting = (status.jobs?.queued ?? 0) + (status.jobs?.preparing ?? 0) + (status.jobs?.active ?? 0);
  parts.push(el("span", {}, waiting ? `${plural(waiting, "job")} under way` : "Queue empty"));
  if (status.jobs?.held) parts.push(el("span", { class: "bad" }, `${plural(status.jobs.held, "job")} waiting for an answer`));
  for (const alarm of status.alarms ?? []) parts.push(el("span", { class: "bad" }, alarm));
  $("#health").replaceChildren(...parts);
}

async function refresh() {
  if (busy || document.hidden) return;
  busy = true;
  try {
    const status = await get("/api/status");
    const now = status.now ?? {};
    setRobots(now.robots ?? []);
    health(status, now);
    refreshReceiving(status, now);
    const [, , alerts] = await Promise.all([refreshStudies(), refreshQueue(now), refreshRobots(now), refreshAudit(), refreshDrives()]);
    sync($("#alerts"), alerts);
  } catch (error) {
    if (error.httpStatus === 401) return start();
    sync($("#alerts"), [{ key: "offline", version: error.message, make: () => el("div", { class: "alert bad" }, error.message) }]);
  } finally {
    busy = false;
  }
}

async function start() {
  let s;
  try {
    s = await session();
  } catch (error) {
    sync($("#alerts"), [{ key: "offline", version: error.message, make: () => el("div", { class: "alert bad" }, error.message) }]);
    return;
  }
  $("#appliance").textContent = s.appliance;
  $("#console").hidden = !s.logged_in;
  $("#login").hidden = s.logged_in;
  $("#logout").hidden = !(s.logged_in && s.needs_password);
  if (s.logged_in) refresh();
  else $("#login input").focus();
}

$("#login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await post("/api/login", { password: form.password.value });
    form.reset();
    form.querySelector(".error").textContent = "";
    await start();
  } catch (error) {
    form.querySelector(".error").textContent = error.message;
  }
});
$("#logout").addEventListener("click", async () => {
  await post("/api/logout").catch(() => {});
  start();
});
document.addEventListener("refresh", refresh);
document.addEventListener("visibilitychange", refresh);
setInterval(() => !$("#console").hidden && refresh(), 1000);
start();
