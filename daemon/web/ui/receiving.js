// What peers were told, for who looks after the network: counted since the appliance was started.
import { el, plural, sync } from "./dom.js";

const meanings = {
  "0000": "stored, or here already",
  "B000": "kept apart: contradicts what is here, or is broken",
  "B007": "kept apart: another SOP class than announced",
  "A700": "refused: disk reserve reached, or a fault of the disk",
  "A900": "refused: another SOP instance than announced",
  "C000": "refused: no identity can be read",
  "0110": "refused: a fault of the appliance",
  "0117": "refused: no SOP instance is named",
  "0122": "refused: not a storage class that is known",
  "0124": "refused: a class that this site has switched off",
  "0211": "refused: a request that is no C-STORE or C-ECHO",
};

function row(status, count) {
  return el("tr", {}, el("td", {}, status), el("td", {}, meanings[status] ?? ""), el("td", {}, String(count)));
}

export function refreshReceiving(status, now) {
  const section = document.querySelector("#receiving");
  const answers = Object.entries(now.answers ?? {}).sort();
  const ports = (now.listening?.ports ?? []).map((port) => `${port.name} ${port.port}`).join(", ");
  const closed = now.listening?.secure?.closed_ports ?? 0;
  section.querySelector(".notes").textContent = [
    `${plural(now.associations ?? 0, "association")} open`,
    ports ? `ports: ${ports}` : "no port is listened on",
    closed ? `${plural(closed, "port")} closed` : "",
    status.quarantined_without_study ? `${plural(status.quarantined_without_study, "refused object")} of studies of which nothing else is here` : "",
  ].filter(Boolean).join(" \u00b7 ");
  sync(section.querySelector("tbody"), answers.length
    ? answers.map(([name, count]) => ({ key: name, version: String(count), make: () => row(name, count) }))
    : [{ key: "none", version: "", make: () => el("tr", {}, el("td", { colspan: 3, class: "soft" }, "Nothing has been sent since the start.")) }]);
}
