// Who decided what.
import { get } from "./api.js";
import { el, more, sync, when } from "./dom.js";

let offset = 0;

function about(entry) {
  return [entry.study ? `study ${entry.study}` : "", entry.job ? `job ${entry.job}` : "", entry.disc ? `disc ${entry.disc}` : ""].filter(Boolean).join(", ");
}

function row(entry) {
  const result = entry.result === "OK" ? "" : entry.result || "not finished";
  return el("tr", {},
    el("td", {}, when(entry.at)),
    el("td", {}, entry.user || "(no name)", el("div", { class: "soft" }, entry.door)),
    el("td", {}, entry.action, el("div", { class: "soft" }, [entry.detail, result].filter(Boolean).join(" \u00b7 "))),
    el("td", {}, about(entry)),
    el("td", { dir: "auto" }, entry.reason));
}

// Read only while somebody looks at it.
export async function refreshAudit() {
  const section = document.querySelector("#decisions");
  if (!section.open) return;
  const list = await get("/api/audit", { limit: 25, offset });
  sync(section.querySelector("tbody"), list.audit.map((e) => ({ key: e.id, version: JSON.stringify(e), make: () => row(e) })));
  more(section.querySelector(".more"), offset, list.audit.length, list.total, (to) => { offset = to; refreshAudit(); });
}
document.querySelector("#decisions").addEventListener("toggle", refreshAudit);
