#!/usr/bin/env node
// The console's words for how far a disc is. No browser is needed for them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../daemon/web/ui/progress.js", import.meta.url), "utf8");
const { progressText } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const burning = { stage: "burning", done: 315e6, total: 700e6, speed_kbps: 7040, speed_1x_kbps: 176, buffer_percent: 97, left_s: 65 };
assert.equal(progressText(burning), "45 % · 315 of 700 MB · 40.0x · buffer 97 % · 1:05 left");
assert.equal(progressText({ ...burning, speed_1x_kbps: 0, buffer_percent: -1, left_s: -1 }), "45 % · 315 of 700 MB · 7040 kB/s");
assert.equal(progressText({ ...burning, speed_kbps: 0 }), "45 %");
assert.equal(progressText({ stage: "planning", done: 3, total: 60 }), "5 %");
assert.equal(progressText({ stage: "close-tray", done: 0, total: 1 }), "push its tray in by hand");
assert.equal(progressText({ ...burning, stage: "closing" }), "closing the disc");
assert.equal(progressText(undefined), "");
