import type { Import } from './imports.ts';

/** A rule of the layout: what it holds, and which imports break it. */
export interface Rule {
  readonly name: string;
  readonly broken: (imports: readonly Import[]) => readonly Import[];
}

/** Which rooms a room may import, besides itself and the leaves. A file that stands in `src` itself is a room of its own. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  main: ['process', 'cli'],
  process: ['commands', 'cli', 'ui', 'oci'],
  commands: ['compose', 'cli', 'ui', 'promotion', 'google', 'oci'],
  compose: ['cli', 'promotion', 'google', 'registry', 'http', 'oci'],
  cli: ['promotion', 'oci'],
  ui: ['promotion', 'oci'],
  promotion: ['oci'],
  google: ['registry', 'http', 'oci'],
  registry: ['http', 'oci'],
  http: [],
  oci: [],
  retry: [],
  text: [],
  fault: [],
};
const leaves = ['fault', 'retry', 'text'];

/** Packages that one room alone knows, and that are loaded when they are needed. */
const lazyPackages: Readonly<Record<string, string>> = { yargs: 'cli', 'google-auth-library': 'google' };

/** The vocabulary is pure: it hashes, and passes bytes on. */
const builtinsOfOci = ['node:crypto', 'node:stream'];

export const rules: readonly Rule[] = [
  {
    name: 'a room imports only the rooms below it',
    broken: (imports) =>
      imports.filter(
        ({ target, from, to }) => target === 'file' && isSource(to) && !mayImport(roomOf(from), roomOf(to)),
      ),
  },
  {
    name: 'src imports no file outside of src',
    broken: (imports) => imports.filter(({ target, to }) => target === 'file' && !isSource(to)),
  },
  { name: 'files import each other in no circle', broken: circles },
  {
    name: 'got is imported by http alone',
    broken: (imports) => imports.filter(({ from, to }) => to === 'got' && roomOf(from) !== 'http'),
  },
  {
    name: 'got is imported by one file',
    broken: (imports) => {
      const users = imports.filter(({ to }) => to === 'got');
      return new Set(users.map(({ from }) => from)).size > 1 ? users : [];
    },
  },
  ...Object.entries(lazyPackages).map(([name, room]) => ({
    name: `${name} is imported by ${room} alone, and lazily`,
    broken: (imports: readonly Import[]) =>
      imports.filter(({ from, to, kind }) => to === name && (roomOf(from) !== room || kind === 'static')),
  })),
  {
    name: 'oci does no I/O',
    broken: (imports) =>
      imports.filter(
        ({ from, target, to }) => target === 'builtin' && roomOf(from) === 'oci' && !builtinsOfOci.includes(to),
      ),
  },
  {
    name: 'what import() loads is written out',
    broken: (imports) => imports.filter(({ target }) => target === 'computed'),
  },
];

function isSource(file: string): boolean {
  return file.startsWith('src/');
}

/** `src/oci/digest.ts` → `oci`, `src/main.ts` → `main` */
function roomOf(file: string): string {
  return file.split('/')[1]?.replace(/\.ts$/, '') ?? file;
}

function mayImport(from: string, to: string): boolean {
  if (from === to || (leaves.includes(to) && from !== 'fault')) return true;
  return arrows[from]?.includes(to) ?? false;
}

/** The imports that lie on a circle: those whose target reaches their file again. */
function circles(imports: readonly Import[]): Import[] {
  const next = Map.groupBy(imports, ({ from }) => from);
  const reaches = (start: string, goal: string): boolean => {
    const seen = new Set<string>();
    const open = [start];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (file === goal) return true;
      if (seen.has(file)) continue;
      seen.add(file);
      open.push(...(next.get(file) ?? []).map(({ to }) => to));
    }
    return false;
  };
  return imports.filter(({ target, from, to }) => target === 'file' && reaches(to, from));
}
