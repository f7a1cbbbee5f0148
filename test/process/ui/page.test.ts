import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, type View } from '../../fake/browser.ts';
import { errorAnswer } from '../../fake/exchange.ts';
import { attachedArtifact, multiPlatformIndex, sixPlatforms } from '../../fake/images.ts';
import { runPromote } from '../../fake/process.ts';
import { seed } from '../../fake/seeding.ts';
import { europe, type GoogleStage, startGoogleStage, us } from '../google-stage.ts';
import { needs } from '../real/tools.ts';

const { missing, note } = needs('chromium');
const hostile = '<script>document.title = "taken"</script><img src=x onerror="document.title=1">\u202e"\'>';

const views: readonly (View & { readonly name: string })[] = [
  { name: 'light', width: 1200, height: 900, scheme: 'light' },
  { name: 'dark', width: 1200, height: 900, scheme: 'dark' },
  { name: 'narrow', width: 360, height: 780, scheme: 'light' },
];

/** The least contrast (WCAG 2, 1.4.3) of any text on the page with what is behind it. */
const leastContrast = `(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
  };
  const texts = [...document.querySelectorAll('main *')].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''));
  return Math.min(...texts.map((element) => {
    const pair = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
  }));
})()`;

describe.skipIf(missing)(`the page of --report, in a browser${note}`, () => {
  let stage: GoogleStage;
  let browser: Browser;
  let folder: string;
  const content = multiPlatformIndex('page', sixPlatforms, 30_000);
  const attached = attachedArtifact('page sbom', content.root);

  beforeAll(async () => {
    [stage, browser] = await Promise.all([startGoogleStage(), Browser.start()]);
    folder = await mkdtemp(join(tmpdir(), 'promote-page-'));
    await makePages();
  });

  afterAll(async () => {
    await Promise.all([stage?.world.stop(), browser?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** One of a success, one of a refused move, one of a failure whose text a registry made up. */
  async function makePages(): Promise<void> {
    const env = { ...stage.world.environment, BUILD_ID: 'build-17' };
    const run = async (name: string, status: number, args: string[]) => {
      const ended = await runPromote([...args, '--report', join(folder, `${name}.html`)], env);
      expect(ended.status, ended.stderr).toBe(status);
    };
    const route = stage.route(content, europe);
    seed(attached, stage.world.registry(us).store, `${route.sourceKey}/app`, 'sbom');
    await run('promoted', 0, [route.source, route.destination]);
    const other = stage.route(multiPlatformIndex('page, other', sixPlatforms.slice(0, 2), 500));
    await run('refused', 6, [other.source, route.destination.replace(':v1', ''), '--dest-tag=v1,v2']);
    const failing = stage.route(multiPlatformIndex('page, failing', sixPlatforms.slice(0, 2), 500), europe);
    const fault = async () => errorAnswer(403, 'DENIED', hostile);
    stage.world.server.script.add({ method: 'PUT', target: /manifests/, fault });
    await run('failed', 3, [failing.source, failing.destination]);
  }

  const url = (name: string) => pathToFileURL(join(folder, `${name}.html`)).href;

  describe.each(['promoted', 'refused', 'failed'])('of what was %s', (name) => {
    it.each(views)('$name: no request, no error, nothing cut off, every text readable', async (view) => {
      await browser.open(url(name), view);
      const asked = browser.events.filter(({ method }) => method === 'Network.requestWillBeSent');
      expect(asked.map(({ params }) => params.documentURL)).toEqual([url(name)]);
      expect(browser.events.filter(({ method }) => method === 'Log.entryAdded')).toEqual([]);
      await browser.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true; })');
      expect(await browser.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(view.width);
      expect(await browser.evaluate(leastContrast)).toBeGreaterThanOrEqual(4.5);
      const pictures = process.env.PROMOTE_PICTURES;
      if (pictures !== undefined) await writeFile(join(pictures, `${name}-${view.name}.png`), await browser.picture());
    });
  });

  it('has another background in the dark', async () => {
    const background = async (scheme: View['scheme']) => {
      await browser.open(url('promoted'), { width: 800, height: 600, scheme });
      return browser.evaluate('getComputedStyle(document.body).backgroundColor');
    };
    expect(await background('light')).toBe('rgb(255, 255, 255)');
    expect(await background('dark')).not.toBe('rgb(255, 255, 255)');
  });

  it('shows each platform below its index, each blob with what became of it, and what is attached', async () => {
    await browser.open(url('promoted'), { width: 800, height: 600, scheme: 'light' });
    const names = await browser.evaluate(
      '[...document.querySelectorAll(".tree li .name")].map((each) => each.textContent)',
    );
    expect(names).toEqual(
      expect.arrayContaining(['OCI index', 'linux/amd64', 'linux/arm64/v8', 'application/vnd.example.report.v1']),
    );
    const digests = await browser.evaluate(
      '[...document.querySelectorAll("li > code, summary > code")].map((each) => each.textContent)',
    );
    const all = [...content.manifests, ...content.blobs, ...attached.manifests].map(({ digest }) => digest);
    expect(digests).toEqual(expect.arrayContaining(all));
    const states = await browser.evaluate(
      '[...new Set([...document.querySelectorAll(".tree li > b")].map((each) => each.textContent))]',
    );
    expect(states).toEqual(['sent']);
  });

  it('opens and closes its trees by the keyboard, and has one top heading', async () => {
    await browser.open(url('promoted'), { width: 800, height: 600, scheme: 'light' });
    const focusable = 'document.querySelectorAll("summary").length';
    expect(await browser.evaluate(focusable)).toBe(1 + sixPlatforms.length + 1);
    expect(await browser.evaluate('document.querySelector("summary").focus(), document.activeElement.localName')).toBe(
      'summary',
    );
    expect(
      await browser.evaluate('[...document.querySelectorAll("h1,h2,h3")].map((each) => each.localName).join(" ")'),
    ).toBe('h1 h2 h3');
    expect(await browser.evaluate('document.documentElement.lang')).toBe('en');
    expect(await browser.evaluate('document.querySelector("svg").getAttribute("aria-label")')).toMatch(
      /^Blobs: 0 there, 0 mounted, \d+ sent$/,
    );
  });

  it('S38 shows what a registry says, and does not do it', async () => {
    await browser.open(url('failed'), { width: 800, height: 600, scheme: 'light' });
    expect(await browser.evaluate('document.title')).toBe('Failed: 1 of 1 destination');
    expect(await browser.evaluate('document.querySelectorAll("script, img, [onerror], [src], [href]").length')).toBe(0);
    expect(await browser.evaluate('document.querySelector(".error").textContent')).toContain('<script>document.title');
    expect(await browser.evaluate('document.querySelector(".error pre").textContent')).toContain(
      'gcloud artifacts repositories',
    );
  });

  it('says who, when, in which build, and what stands in the way of a refused move', async () => {
    const refused = await readFile(join(folder, 'refused.html'), 'utf8');
    expect(refused).toContain('123456789012-compute@developer.gserviceaccount.com');
    expect(refused).toMatch(/<dt>When<\/dt><dd>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</);
    expect(refused).toContain('build-17');
    expect(refused).toContain(`<dt>Stands at</dt><dd><code>${content.root.digest}</code>`);
    expect(refused).toContain('<strong>TAG_WOULD_MOVE</strong>');
    expect(refused).toContain('--allow-move');
    expect(refused).toContain('Left as it was, because another destination failed.');
  });

  it('is not there after a usage fault: one of an earlier run would be taken for it', async () => {
    const file = join(folder, 'stale.html');
    await writeFile(file, 'of an earlier run');
    const { status } = await runPromote(['no-command', '--report', file], {});
    expect(status).toBe(2);
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('that can no longer be written is only a warning: the promotion happened', async () => {
    const route = stage.route(multiPlatformIndex('page, unwritable', sixPlatforms.slice(0, 1), 500));
    const gone = await mkdtemp(join(folder, 'gone-'));
    const args = [route.source, route.destination, '--report', join(gone, 'page.html')];
    stage.world.server.script.clear();
    stage.world.server.onRequest = () => rmSync(gone, { recursive: true, force: true });
    const { status, stderr } = await runPromote(args, stage.world.environment);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^ {2}warning {2}the report could not be written: /m);
  });
});
