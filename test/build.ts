import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { object, parse, string } from 'valibot';
import { notices } from './bundle/notices.ts';
import { bundledPackages } from './bundle/packages.ts';

// src/main.ts → dist/promote.cjs, with its source map, metafile and licences. The same sources give the same bytes.

const root = join(import.meta.dirname, '..');
const output = 'dist/promote.cjs';
const { version } = parse(
  object({ version: string() }),
  JSON.parse(await readFile(join(root, 'package.json'), 'utf8')),
);

await rm(join(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: output,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  // A package without `exports` may offer its CommonJS form first, whose wrapper hides its `require` calls.
  // Gaxios asks for these only where it is given no `fetch` of its own, and it always is.
  alias: {
    'node-fetch': './test/bundle/absent.ts',
    'https-proxy-agent': './test/bundle/absent.ts',
    'string-width': './test/bundle/string-width.ts',
  },
  mainFields: ['module', 'main'],
  define: {
    PROMOTE_VERSION: JSON.stringify(version),
    'import.meta.url': 'bundleUrl',
    // got asks of every body whether it is one, and the real class takes 30 ms to load; nobody here sends forms.
    FormData: 'NoFormData',
  },
  banner: {
    js: "#!/usr/bin/env node\nconst bundleUrl = require('node:url').pathToFileURL(__filename).href;\nclass NoFormData {}",
  },
  logLevel: 'warning',
});
await chmod(join(root, output), 0o755);
await writeFile(join(root, 'dist/meta.json'), JSON.stringify(metafile));
await writeFile(join(root, 'dist/NOTICES.txt'), await notices(root, bundledPackages(metafile, output)));
