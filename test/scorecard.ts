import { glob, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';

// Prints which tests hold which line of the scorecard of faults and attacks (S1 to S40), read from the tests
// themselves; fails where a line has none, or where src/README.md tells otherwise. With --write it corrects that page.

const lines = 40;
const [begin, end] = ['<!-- scorecard: node test/scorecard.ts --write -->', '<!-- /scorecard -->'];
const root = join(import.meta.dirname, '..');
const page = join(root, 'src/README.md');

const held = await readTests();
const missing = Array.from({ length: lines }, (_, index) => index + 1).filter((line) => !held.has(line));
const table = tableOf(held);
const text = await readFile(page, 'utf8').catch(() => '');
const told = text.slice(text.indexOf(begin), text.indexOf(end));
const right = `${begin}\n\n${table}\n\n`;
if (process.argv.includes('--write')) await write();
else if (told !== right) fail('src/README.md tells of other tests: node test/scorecard.ts --write');
else console.log(table);
if (missing.length > 0) fail(`no test holds ${missing.map((line) => `S${line}`).join(', ')}`);

/** The names of the tests of each line, with their files. */
async function readTests(): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, string[]>();
  const files = await Array.fromAsync(glob('test/**/*.test.ts', { cwd: root }));
  for (const file of files.sort()) {
    const source = await readFile(join(root, file), 'utf8');
    for (const name of namesIn(file, source)) {
      const [numbers = ''] = /^(?:S\d+ )+/.exec(name) ?? [];
      const entry = `${name.slice(numbers.length)} (${relative('test', file).replace('.test.ts', '')})`;
      for (const number of numbers.match(/\d+/g) ?? []) {
        const line = Number(number);
        found.set(line, [...(found.get(line) ?? []), entry]);
      }
    }
  }
  return found;
}

/** Every text in a test file that begins as the name of a line's test does: a title, or a row of a table of tests. */
function namesIn(file: string, source: string): readonly string[] {
  const names: string[] = [];
  const keep = (text: string) => {
    if (/^S\d+ /.test(text)) names.push(text.replaceAll(/\s+/g, ' '));
  };
  new Visitor({
    Literal: ({ value }) => {
      if (typeof value === 'string') keep(value);
    },
    TemplateLiteral: ({ quasis }) => keep(quasis.map(({ value }) => value.cooked ?? '').join('…')),
  }).visit(parseSync(file, source).program);
  return names;
}

function tableOf(tests: ReadonlyMap<number, readonly string[]>): string {
  const rows = [...tests].sort(([one], [other]) => one - other).map(([line, names]) => `| S${line} | ${cell(names)} |`);
  return ['| line | tests (file) |', '|---|---|', ...rows].join('\n');
}

function cell(names: readonly string[]): string {
  return [...new Set(names)].map((name) => name.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join('<br>');
}

async function write(): Promise<void> {
  if (!text.includes(begin) || !text.includes(end))
    throw new Error(`src/README.md has no place for it: ${begin} ${end}`);
  await writeFile(
    page,
    text.replace(told, () => right),
  );
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
