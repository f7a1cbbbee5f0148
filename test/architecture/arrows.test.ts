import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf } from './imports.ts';
import { rules } from './rules.ts';

const root = join(import.meta.dirname, '../..');
const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `src/${name}`);
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, file), 'utf8')));

/** For each rule, files that break it. */
const planted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a room imports only the rooms below it': {
    'src/oci/planted.ts': "import type { Transport } from '../http/transport.ts';",
    'src/http/planted.ts': "export * from '../registry/repository.ts';",
    'src/promotion/planted.ts': "import { lines } from '../ui/log.ts';",
    'src/registry/planted.ts': "type Advice = import('../google/advice.ts').Advice;",
    'src/ui/planted.ts': "const cli = await import('../cli/options.ts');",
    'src/fault.ts': "import './retry.ts';",
    'src/newroom/planted.ts': "import { digestOf } from '../oci/digest.ts';",
    'src/planted.ts': "import { compose } from './compose.ts';",
  },
  'src imports no file outside of src': {
    'src/http/planted.ts': "import { FakeRegistry } from '../../test/fake/registry.ts';",
    'src/cli/planted.ts': "import manifest from '../../package.json' with { type: 'json' };",
  },
  'files import each other in no circle': {
    'src/oci/planted.ts': "import './planted-too.ts';",
    'src/oci/planted-too.ts': "export type { A } from './planted.ts';",
  },
  'got is imported by http alone': {
    'src/google/planted.ts': "import got from 'got';",
  },
  'got is imported by one file': {
    'src/http/planted.ts': "import { HTTPError } from 'got';",
    'src/http/planted-too.ts': "const { got } = await import('got');",
  },
  'yargs is imported by cli alone, and lazily': {
    'src/ui/planted.ts': "const { default: yargs } = await import('yargs');",
    'src/cli/planted.ts': "import { hideBin } from 'yargs/helpers';",
  },
  'google-auth-library is imported by google alone, and lazily': {
    'src/registry/planted.ts': "import type { Compute } from 'google-auth-library';",
    'src/google/planted.ts': "import { GoogleAuth } from 'google-auth-library';",
  },
  'oci does no I/O': {
    'src/oci/planted.ts': "import { readFile } from 'node:fs/promises';",
    'src/oci/planted-too.ts': "import { connect } from 'net';",
  },
  'what import() loads is written out': {
    'src/cli/planted.ts': 'const command = process.argv[2]; await import(command);',
  },
};

describe.each(rules)('$name', ({ name, broken }) => {
  it('holds', () => {
    expect(broken(imports).map(line)).toEqual([]);
  });

  it.each(Object.keys(planted[name] ?? {}))('is broken by what is planted in %s', (file) => {
    const added = Object.entries(planted[name] ?? {}).flatMap(([path, source]) => importsOf(path, source));
    const culprits = broken([...imports, ...added]).map(({ from }) => from);
    expect(culprits).toContain(file);
  });

  it('has something planted against it', () => {
    expect(Object.keys(planted[name] ?? {})).not.toEqual([]);
  });
});

describe('the reader of imports', () => {
  it('sees the arrows that are meant to be there', () => {
    const seen = imports.map(line);
    expect(seen).toContain('src/oci/digest.ts → src/fault.ts');
    expect(seen).toContain('src/promotion/request.ts → src/oci/reference.ts');
  });

  it('refuses a file that does not parse', () => {
    expect(() => importsOf('src/broken.ts', 'import { from')).toThrow('src/broken.ts');
  });
});

function line({ from, to }: Import): string {
  return `${from} → ${to}`;
}
