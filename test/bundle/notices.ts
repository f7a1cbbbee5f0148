import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { object, optional, parse, string } from 'valibot';
import { type BundledPackage, ownCode } from './packages.ts';

const packageJson = object({ name: string(), version: string(), license: optional(string()) });

/**
 * The text of NOTICES.txt: name, version and licence of every package with code in the bundle, by name.
 * @param root the project's folder
 * @throws Error for a package that names no licence: such a one may not be shipped
 */
export async function notices(root: string, packages: readonly BundledPackage[]): Promise<string> {
  const foreign = packages
    .filter(({ folder, bytes }) => folder !== ownCode && bytes > 0)
    .sort((a, b) => a.folder.localeCompare(b.folder, 'en'));
  const parts = await Promise.all(foreign.map(({ folder }) => notice(join(root, folder))));
  return ['Packages with code in promote.cjs, and their licences.\n', ...parts].join(`\n${'-'.repeat(80)}\n`);
}

async function notice(folder: string): Promise<string> {
  const { name, version, license } = parse(
    packageJson,
    JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
  );
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copying|notice)/i.test(file)).sort();
  if (license === undefined && files.length === 0) throw new Error(`${name} ${version} names no licence`);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  return [`${name} ${version}\nLicence: ${license ?? 'see below'}\n`, ...texts.map((text) => text.trim())].join('\n');
}
