import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

// Breaks the lines that safety rests on, one at a time, in a copy of the project, and runs the tests that should
// notice. Prints a table; fails where a broken line was not noticed, or is no longer there to be broken.

interface Mutation {
  /** what no longer holds */
  readonly what: string;
  readonly file: string;
  /** stands in the file once */
  readonly line: string;
  readonly broken: string;
  readonly tests: readonly string[];
}

const mutations: readonly Mutation[] = [
  {
    what: "a blob's digest is compared",
    file: 'oci/verified-stream.ts',
    line: 'return actual === this.expected.digest ? undefined',
    broken: 'return actual !== undefined ? undefined',
    tests: ['test/oci/verified-stream', 'test/process/integrity'],
  },
  {
    what: "a blob's surplus ends it",
    file: 'oci/verified-stream.ts',
    line: 'if (this.received > this.expected.size)',
    broken: 'if (this.received < 0)',
    tests: ['test/oci/verified-stream'],
  },
  {
    what: "a blob's last chunk is held back until the rest is right",
    file: 'oci/verified-stream.ts',
    line: 'this.held = chunk;\n      done(null, before);',
    broken: 'this.held = before;\n      done(null, chunk);',
    tests: ['test/oci/verified-stream'],
  },
  {
    what: "a manifest's digest is compared with the one that was asked for",
    file: 'registry/manifests.ts',
    line: 'if (isDigest(reference) && digest !== reference)',
    broken: 'if (isDigest(reference) && digest === undefined)',
    tests: ['test/hostile/passing'],
  },
  {
    what: 'a credential goes to its own origin alone',
    file: 'registry/authorized-transport.ts',
    line: 'if (url.origin !== this.#origin.origin) return undefined;\n    return this.#remembered(',
    broken: 'return this.#remembered(',
    tests: ['test/process/tokens', 'test/process/logins'],
  },
  {
    what: 'no answer leads away from TLS',
    file: 'http/onward.ts',
    line: "to.protocol !== 'https:'",
    broken: "to.protocol === 'gopher:'",
    tests: ['test/hostile/bounds', 'test/process/network'],
  },
  {
    what: 'a host that only an answer named is not looked for at a private address',
    file: 'http/origins.ts',
    line: 'if (foreign) this.#refuse(url, proxy);',
    broken: '',
    tests: ['test/process/network', 'test/process/tokens'],
  },
  {
    what: 'nor behind a name',
    file: 'http/address-guard.ts',
    line: 'addresses.some(({ address }) => this.isInside(address))',
    broken: 'addresses.length === 0',
    tests: ['test/process/network'],
  },
  {
    what: 'a list goes on at its own origin alone',
    file: 'registry/link.ts',
    line: 'if (next.origin !== url.origin)',
    broken: "if (next.origin === '')",
    tests: ['test/hostile/bounds'],
  },
  {
    what: 'children come before their index',
    file: 'promotion/content.ts',
    line: 'await this.#children(manifest, cargo);\n    const',
    broken: 'this.#children(manifest, cargo).catch(() => undefined);\n    const',
    tests: ['test/promotion/transaction'],
  },
  {
    what: 'after a failure no tag is put',
    file: 'promotion/ledger.ts',
    line: "return onFailure === 'withhold' && this.#hasFailed;",
    broken: 'return false;',
    tests: ['test/promotion/transaction', 'test/process/batch/transaction'],
  },
  {
    what: 'a tag that would move is refused',
    file: 'promotion/plan.ts',
    line: '(policy.allowMove ? undefined : wouldMove(image, destination))',
    broken: '(policy.allowMove ? undefined : undefined)',
    tests: ['test/process/policy', 'test/promotion/tags'],
  },
  {
    what: 'a tag that moved meanwhile is not overwritten',
    file: 'promotion/consignment.ts',
    line: 'if (now === current || now === this.freight.image.digest) return;',
    broken: "if (now !== 'sha256:') return;",
    tests: ['test/process/policy', 'test/promotion/tags'],
  },
  {
    what: 'the source must be the expected digest',
    file: 'promotion/plan.ts',
    line: 'if (expected === undefined || expected === digest) return undefined;',
    broken: 'if (expected !== digest) return undefined;',
    tests: ['test/process/policy'],
  },
  {
    what: 'success is what was read back',
    file: 'promotion/read-back.ts',
    line: 'if (found === digest) return;',
    broken: 'return;',
    tests: ['test/process/integrity', 'test/process/policy'],
  },
  {
    what: 'what is attached is listed under the fallback tag',
    file: 'registry/referrers.ts',
    line: 'return lists(await this.#documentAt(tag), manifest);',
    broken: 'return true;',
    tests: ['test/hostile/fallback-list'],
  },
  {
    what: 'a lost answer to a commit is settled by HEAD',
    file: 'registry/upload.ts',
    line: '!(await this.#exists(blob))',
    broken: '!this.#exists(blob)',
    tests: ['test/process/network', 'test/contract'],
  },
  {
    what: 'a rest begins where the download broke',
    file: 'http/resuming-transport.ts',
    line: 'Number(from) === position',
    broken: 'Number(from) >= 0',
    tests: ['test/hostile/resume'],
  },
  {
    what: 'of a whole answer to a range, what is there is passed over',
    file: 'http/resuming-transport.ts',
    line: 'return { body, skip: position };',
    broken: 'return { body, skip: 0 };',
    tests: ['test/hostile/resume'],
  },
  {
    what: 'a host that throttles is left alone',
    file: 'http/gate.ts',
    line: 'pause.until = Math.max(pause.until, until);',
    broken: '',
    tests: ['test/hostile/throttling', 'test/process/network'],
  },
  {
    what: 'a connection that brings a trickle is given up',
    file: 'http/patience.ts',
    line: 'if (moved < leastBytes)',
    broken: 'if (moved < 0)',
    tests: ['test/hostile/patience'],
  },
  {
    what: 'no fault tells a credential',
    file: 'fault.ts',
    line: 'withoutCredentials(message.slice(0, longestMessage))',
    broken: 'message',
    tests: ['test/hostile/retry', 'test/hostile/canary'],
  },
];

const root = join(import.meta.dirname, '..');
const copied = ['src', 'test', 'package.json', 'package-lock.json', 'tsconfig.json', 'README.md', 'Dockerfile'];
const environment = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` };

const folder = await mkdtemp(join(tmpdir(), 'promote-mutations-'));
try {
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const gone = await Promise.all(mutations.map(isGone));
  const lost = mutations.filter((_, index) => gone[index]).map(({ file, line }) => `${file}: ${line}`);
  if (lost.length > 0) throw new Error(`to be broken, these should stand there once:\n${lost.join('\n')}`);
  const tests = [...new Set(mutations.flatMap((mutation) => mutation.tests))];
  const before = passes(tests);
  if (!before.isGreen) throw new Error(`the tests fail with every line as it is:\n${before.text}`);
  console.log('| what no longer holds | noticed by |\n|---|---|');
  for (const mutation of mutations) console.log(`| ${mutation.what} | ${await noticed(mutation)} |`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function isGone({ file, line }: Mutation): Promise<boolean> {
  return (await readFile(join(folder, 'src', file), 'utf8')).split(line).length !== 2;
}

async function noticed({ file, line, broken, tests }: Mutation): Promise<string> {
  const path = join(folder, 'src', file);
  const source = await readFile(path, 'utf8');
  await writeFile(
    path,
    source.replace(line, () => broken),
  );
  const { isGreen, failed } = passes(tests);
  await writeFile(path, source);
  if (!isGreen) return `${failed} tests in ${tests.join(', ')}`;
  process.exitCode = 1;
  return '**nobody**';
}

/** Builds the copy and runs tests of it. */
function passes(tests: readonly string[]): { isGreen: boolean; failed: string; text: string } {
  run([join(folder, 'test/build.ts')]);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const config = join(folder, 'test/vitest.config.ts');
  const { status, text } = run([vitest, 'run', '--config', config, ...tests]);
  const counted = /Tests .*?(\d+) failed/.exec(stripVTControlCharacters(text));
  return { isGreen: status === 0, failed: counted?.[1] ?? 'all', text };
}

function run(args: readonly string[]): { status: number | null; text: string } {
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, env: environment, encoding: 'utf8' });
  return { status, text: stdout };
}
