import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledPackages, eagerPackages } from './packages.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the bundle', () => {
  it('loads got, google-auth-library and yargs only when a run needs them', () => {
    const eager = eagerPackages(JSON.parse(read('dist/meta.json')), 'src/process.ts');
    for (const name of ['got', 'google-auth-library', 'gaxios', 'yargs']) expect(eager).not.toContain(name);
  });

  it('says its version without reading the program', () => {
    const { inputs } = JSON.parse(read('dist/meta.json')).outputs['dist/promote.cjs'];
    expect(Object.keys(inputs).sort()).toEqual(['src/cli/version.ts', 'src/main.ts']);
  });

  it('draws bars and makes pages by what is loaded only where they are wanted', () => {
    const metafile = JSON.parse(read('dist/meta.json'));
    expect(eagerPackages(metafile, 'src/process.ts')).not.toContain('log-update');
    const importers = (file: string): string[] =>
      Object.entries<{ imports: { path: string; kind: string }[] }>(metafile.inputs)
        .filter(([, { imports }]) => imports.some(({ path, kind }) => path === file && kind !== 'dynamic-import'))
        .map(([path]) => path);
    for (const file of ['src/ui/live.ts', 'src/ui/page/page.ts']) expect(importers(file)).toEqual([]);
  });

  it('names no folder of the machine that built it', () => {
    for (const file of ['promote.cjs', 'promote.cjs.map', 'program.cjs', 'program.cjs.map', 'NOTICES.txt']) {
      expect(read(`dist/${file}`)).not.toContain(root);
    }
  });

  it('comes with the licence of each package in it', () => {
    const notices = read('dist/NOTICES.txt');
    for (const name of ['got', 'google-auth-library', 'yargs', 'valibot']) {
      const { version } = JSON.parse(read(`node_modules/${name}/package.json`));
      expect(notices).toContain(`\n${name} ${version}\nLicence: `);
    }
    expect(notices).toContain('Permission is hereby granted, free of charge');
  });
});

describe('bundledPackages', () => {
  it('adds up what each package and the own code put into the output, the largest first', () => {
    const bytes = (bytesInOutput: number) => ({ bytesInOutput });
    const output = {
      bytes: 100,
      imports: [],
      exports: [],
      inputs: {
        'src/main.ts': bytes(10),
        'src/oci/digest.ts': bytes(5),
        'node_modules/one/a.js': bytes(20),
        'node_modules/one/b.js': bytes(21),
        'node_modules/one/node_modules/@s/two/x.js': bytes(3),
      },
    };
    expect(bundledPackages({ inputs: {}, outputs: { 'dist/promote.cjs': output } }, 'dist/promote.cjs')).toEqual([
      { name: 'one', folder: 'node_modules/one', bytes: 41 },
      { name: 'src', folder: 'src', bytes: 15 },
      { name: '@s/two', folder: 'node_modules/one/node_modules/@s/two', bytes: 3 },
    ]);
  });
});

describe('eagerPackages', () => {
  const imports = (path: string, kind: 'import-statement' | 'require-call' | 'dynamic-import') => ({ path, kind });
  const file = (...list: ReturnType<typeof imports>[]) => ({ bytes: 1, imports: list });

  it('follows imports and require calls, not import()', () => {
    const metafile = {
      outputs: {},
      inputs: {
        'src/main.ts': file(imports('src/a.ts', 'import-statement'), imports('src/b.ts', 'dynamic-import')),
        'src/a.ts': file(imports('node_modules/one/index.js', 'import-statement')),
        'src/b.ts': file(imports('node_modules/three/index.js', 'import-statement')),
        'node_modules/one/index.js': file(imports('node_modules/one/node_modules/@s/two/x.js', 'require-call')),
        'node_modules/one/node_modules/@s/two/x.js': file(),
        'node_modules/three/index.js': file(),
      },
    };
    expect([...eagerPackages(metafile, 'src/main.ts')]).toEqual(['one', '@s/two']);
  });
});
