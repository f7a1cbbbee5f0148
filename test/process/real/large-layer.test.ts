import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { singleImage } from '../../fake/images.ts';
import { push } from '../../fake/seeding.ts';
import { promoted, TwoRegistries } from './registries.ts';
import { needs, rawManifest } from './tools.ts';

const mebibyte = 2 ** 20;

/** What getrusage() counts begins with the memory of whoever started the program; VmHWM is the program's alone. */
const copyStatusAtExit = `process.on('exit', () => {
  const fs = require('node:fs');
  fs.writeFileSync(process.env.PEAK_FILE, fs.readFileSync('/proc/self/status'));
});`;

const { missing, note } = needs('docker-registry', 'skopeo');

describe.skipIf(missing)(`large layers between two real registries${note}`, () => {
  let registries: TwoRegistries;
  let folder: string;

  beforeAll(async () => {
    registries = await TwoRegistries.start();
    folder = await mkdtemp(join(tmpdir(), 'promote-large-'));
  });

  afterAll(async () => {
    await registries?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('64 MiB and 192 MiB arrive whole, and the larger one takes no more memory: nothing holds a layer', async () => {
    const large = await peakOfCopying('large', 64 * mebibyte);
    const larger = await peakOfCopying('larger', 192 * mebibyte);
    expect(larger - large).toBeLessThan(64 * mebibyte);
  });

  /** @returns the program's peak memory in bytes, as the kernel counted it */
  async function peakOfCopying(name: string, size: number): Promise<number> {
    const { staging, production } = registries;
    const content = singleImage(name, [size]);
    await push(content, staging.base, `a/repo/${name}`, 'v1');
    const destination = `${production.host}/b/repo/${name}:v1`;
    const [peak, writePeak] = [join(folder, `${name}.peak`), join(folder, 'write-peak.cjs')];
    await writeFile(writePeak, copyStatusAtExit);

    const environment = { NODE_OPTIONS: `--require ${writePeak}`, PEAK_FILE: peak };
    const report = await promoted([`${staging.host}/a/repo/${name}:v1`, destination], environment);

    const sent = content.blobs.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(report).toMatchObject({ outcome: 'promoted', bytesUploaded: sent });
    expect(await rawManifest(destination)).toBe(Buffer.from(content.root.bytes).toString());
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(peak, 'utf8')) ?? [];
    return Number(kibibytes) * 1024;
  }
});
