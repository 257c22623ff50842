#!/usr/bin/env node
// The pages of a disc in a real browser from file://, once with names as Windows, macOS and UDF show them
// and once as a Linux kernel shows ISO 9660. Talks to Chromium over its debugging pipe: no packages.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const build = process.argv[2] ?? 'build';
const shots = process.env.DW_SCREENSHOTS; // a folder: keep pictures to look at
const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const sample = join(build, 'tests', 'disc_pages_sample');
if (!browser || !existsSync(sample)) {
  console.log('skipped: no Chromium, or disc_pages_sample is not built');
  process.exit(77);
}

let failures = 0;
function check(ok, sentence) {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${sentence}`);
  if (!ok) failures++;
}

class Browser {
  constructor(folder) {
    this.process = spawn(browser, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
      '--no-first-run', '--disable-background-networking', `--user-data-dir=${folder}`,
      '--remote-debugging-pipe', 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.next = 1;
    this.waiting = new Map();
    this.listeners = [];
    let rest = '';
    this.process.stdio[4].setEncoding('utf8');
    this.process.stdio[4].on('data', (text) => {
      const parts = (rest + text).split('\0');
      rest = parts.pop();
      for (const part of parts) this.take(JSON.parse(part));
    });
    this.process.on('exit', () => { for (const w of this.waiting.values()) w.no(new Error('browser ended')); });
  }
  take(msg) {
    const waiting = this.waiting.get(msg.id);
    if (waiting) {
      this.waiting.delete(msg.id);
      if (msg.error) waiting.no(new Error(msg.error.message)); else waiting.yes(msg.result);
    } else if (msg.method) {
      this.listeners = this.listeners.filter((l) => !l(msg));
    }
  }
  send(method, params = {}, sessionId = this.session) {
    const id = this.next++;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((yes, no) => this.waiting.set(id, { yes, no }));
  }
  event(method) {
    return new Promise((yes) => this.listeners.push((msg) => msg.method === method && (yes(msg.params), true)));
  }
  async start() {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' }, undefined);
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true }, undefined)).sessionId;
    await this.send('Page.enable');
    await this.send('Runtime.enable');
    await this.size(1200, 900);
  }
  size(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }
  scripts(on) {
    return this.send('Emulation.setScriptExecutionDisabled', { value: !on });
  }
  async open(url) {
    const loaded = this.event('Page.loadEventFired');
    await this.send('Page.navigate', { url });
    await loaded;
  }
  async click(code) { // something that leads to another page
    const loaded = this.event('Page.loadEventFired');
    await this.run(code);
    await loaded;
  }
  async run(expression) {
    const answer = await this.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? expression);
    return answer.result.value;
  }
  async shot(name, whole = true) {
    if (!shots) return;
    const { data } = await this.send('Page.captureScreenshot', { captureBeyondViewport: whole });
    writeFileSync(join(shots, `${name}.png`), Buffer.from(data, 'base64'));
  }
}

// Resolves when every picture has been tried in both spellings; false when one cannot be shown.
const allPicturesShow = `(async () => {
  const pictures = [...document.images];
  for (const img of pictures)
    for (let tries = 0; tries < 3 && !img.naturalWidth; tries++)
      await new Promise((r) => { if (img.complete && img.naturalWidth) r(); else { img.addEventListener('load', r, {once: true});
        img.addEventListener('error', r, {once: true}); setTimeout(r, 3000); } });
  return pictures.length > 0 && pictures.every((img) => img.naturalWidth === 320);
})()`;
const path = 'decodeURIComponent(location.pathname)';

async function walk(b, folder, name) {
  const spell = (text) => (name === 'upper' ? text.toUpperCase() : text);
  const root = pathToFileURL(join(folder, spell('index.htm'))).href;
  await b.open(root);
  check(await b.run('document.compatMode') === 'CSS1Compat', `${name}: the entry page is not shown in quirks mode`);
  check((await b.run('document.body.innerText')).includes('Müller-Lüdenscheidt, Anna Maria (山田 花子)'),
    `${name}: the name of the patient is shown in both scripts`);
  await b.shot(`${name}-index`);
  await b.click(`document.querySelector('a.go').click()`);
  check(await b.run(path) === join(folder, spell('ihe_pdi/index.htm')), `${name}: the button leads to the pictures`);
  check(await b.run(allPicturesShow), `${name}: the overview shows a picture of each series that has one`);
  await b.shot(`${name}-web`);
  const series = await b.run(`document.querySelectorAll('.grid a').length`);
  check(series === 4, `${name}: the overview lists four series`);
  for (let i = 0; i < series; i++) {
    await b.open(pathToFileURL(join(folder, spell('ihe_pdi/index.htm'))).href);
    await b.click(`document.querySelectorAll('.grid a')[${i}].click()`);
    check(await b.run(path) === join(folder, spell(`ihe_pdi/s000000${i + 1}.htm`)), `${name}: series ${i + 1} opens`);
    if (i < 3) check(await b.run(allPicturesShow), `${name}: every picture of series ${i + 1} shows`);
    if (i === 0) await b.shot(`${name}-series`);
  }
  await b.click(`[...document.querySelectorAll('.nav a')].find((a) => a.textContent === 'Previous series').click()`);
  check(await b.run(path) === join(folder, spell('ihe_pdi/s0000003.htm')), `${name}: series lead to their neighbours`);
  await b.click(`[...document.querySelectorAll('.nav a')].find((a) => a.textContent === 'Start of the disc').click()`);
  check(await b.run(path) === join(folder, spell('index.htm')), `${name}: every page leads back to the start`);
  await b.click(`[...document.links].find((a) => /readme/i.test(a.href)).click()`);
  check((await b.run('document.body.innerText')).includes('ABOUT THIS DISC'), `${name}: README.TXT opens`);
}

async function gallery(b, folder) {
  await b.open(pathToFileURL(join(folder, 'IHE_PDI/S0000001.HTM')).href);
  await b.run(`document.querySelectorAll('#previews a')[2].click()`);
  const alt = `document.querySelector('#show img').alt`;
  const key = (k) => b.run(`document.dispatchEvent(new KeyboardEvent('keydown', {key: '${k}'}))`);
  check(await b.run(alt) === 'CT image 3', 'a picture opens large');
  await b.shot('large', false);
  await key('ArrowRight');
  check(await b.run(alt) === 'CT image 4', 'the arrow key shows the next picture');
  await b.run(`[...document.querySelectorAll('#show button')].find((x) => /Back/.test(x.textContent)).click()`);
  check(await b.run(alt) === 'CT image 3', 'the button shows the previous picture');
  await key('Escape');
  check(await b.run(`document.querySelector('#show') === null`), 'Escape closes the large picture');
  check(await b.run(`document.activeElement.getAttribute('href')`) === 'P0000003.JPG', 'the reader is back where they were');
}

async function plain(b, folder) {
  await b.scripts(false);
  await b.open(pathToFileURL(join(folder, 'ihe_pdi/s0000001.htm')).href);
  check(await b.run(allPicturesShow), 'without scripts the pictures show where names are lower case');
  check(await b.run(`document.querySelector('#previews a').getAttribute('href')`) === 'p0000001.jpg',
    'without scripts a picture is a plain link');
  await b.scripts(true);
}

async function narrow(b, folder) {
  await b.size(360, 700);
  for (const page of ['index.htm', 'ihe_pdi/index.htm', 'ihe_pdi/s0000001.htm']) {
    await b.open(pathToFileURL(join(folder, page)).href);
    check(await b.run('document.documentElement.scrollWidth <= 360'), `${page} fits a telephone`);
    await b.shot(`phone-${page.replaceAll('/', '-')}`, false);
  }
  await b.size(1200, 900);
}

const work = mkdtempSync(join(tmpdir(), 'dw-test-'));
const b = new Browser(join(work, 'profile'));
const late = setTimeout(() => { console.log('FAIL the browser did not answer within 90 s'); b.process.kill('SIGKILL'); }, 90000);
try {
  const folders = {};
  for (const name of ['upper', 'lower']) {
    folders[name] = join(work, name);
    const made = spawnSync(sample, [folders[name], name], { stdio: 'inherit' });
    if (made.status !== 0) throw new Error('disc_pages_sample failed');
  }
  await b.start();
  await walk(b, folders.upper, 'upper');
  await walk(b, folders.lower, 'lower');
  await gallery(b, folders.upper);
  await plain(b, folders.lower);
  await narrow(b, folders.lower);
} catch (e) {
  check(false, e.message);
} finally {
  clearTimeout(late);
  b.process.removeAllListeners('exit');
  const gone = new Promise((yes) => b.process.on('exit', yes));
  b.process.kill('SIGTERM');
  await gone;
  rmSync(work, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
console.log(failures ? `${failures} failed` : 'all passed');
process.exit(failures ? 1 : 0);
