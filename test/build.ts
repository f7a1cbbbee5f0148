import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { object, parse, string } from 'valibot';
import { notices } from './bundle/notices.ts';
import { bundledPackages, entryFile, programFile } from './bundle/packages.ts';

// src/main.ts → dist/promote.cjs and, all that it loads, dist/program.cjs: with their source maps, the metafile and the
// licences. The same sources give the same bytes. The entry is a file of its own, since Node reads a file whole before it
// runs any of it.

const root = join(import.meta.dirname, '..');
const { version } = parse(
  object({ version: string() }),
  JSON.parse(await readFile(join(root, 'package.json'), 'utf8')),
);

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

const banner = `const bundleUrl = require('node:url').pathToFileURL(__filename).href;
class NoFormData {}
class CommaList { format(words) { return words.join(', '); } }`;

await rm(join(root, 'dist'), { recursive: true, force: true });
const entry = await build({
  ...common,
  entryPoints: ['src/main.ts'],
  outfile: entryFile,
  define: { PROMOTE_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  // As `require`, it spares the start of the loader for ES modules.
  supported: { 'dynamic-import': false },
  plugins: [
    {
      name: 'the program is a file of its own',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/process\.ts$/ }, () => ({ path: './program.cjs', external: true })),
    },
  ],
});
const program = await build({
  ...common,
  entryPoints: ['src/process.ts'],
  outfile: programFile,
  // A package without `exports` may offer its CommonJS form first, whose wrapper hides its `require` calls.
  mainFields: ['module', 'main'],
  alias: {
    // Gaxios asks for these only where it is given no `fetch` of its own, and it always is.
    'node-fetch': './test/bundle/absent.ts',
    'https-proxy-agent': './test/bundle/absent.ts',
    'string-width': './test/bundle/string-width.ts',
  },
  define: {
    PROMOTE_VERSION: JSON.stringify(version),
    'import.meta.url': 'bundleUrl',
    // got asks of every body whether it is one, and the real class takes 30 ms to load; nobody here sends forms.
    FormData: 'NoFormData',
    // What got checks its options with makes two of these as it loads, for messages; the real one takes 10 ms.
    'Intl.ListFormat': 'CommaList',
  },
  banner: { js: banner },
});
const metafile: Metafile = {
  inputs: { ...entry.metafile.inputs, ...program.metafile.inputs },
  outputs: { ...entry.metafile.outputs, ...program.metafile.outputs },
};
await chmod(join(root, entryFile), 0o755);
await writeFile(join(root, 'dist/meta.json'), JSON.stringify(metafile));
await writeFile(join(root, 'dist/NOTICES.txt'), await notices(root, bundledPackages(metafile, programFile)));
