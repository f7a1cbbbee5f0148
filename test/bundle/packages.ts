import type { Metafile } from 'esbuild';

/** What `node` is given to run: the version, or the program beside it. */
export const entryFile = 'dist/promote.cjs';

/** Everything else. */
export const programFile = 'dist/program.cjs';

/** A package with code in the bundle. */
export interface BundledPackage {
  readonly name: string;
  /** its folder, relative to the project: `node_modules/got` */
  readonly folder: string;
  /** bytes of the bundle that came from it, after minification */
  readonly bytes: number;
}

/** The name under which the project's own files are counted. */
export const ownCode = 'src';

/**
 * Who put how many bytes into one output file, the largest first. Includes the project's own code, as `ownCode`.
 * @throws Error when the metafile knows no such output
 */
export function bundledPackages(metafile: Metafile, output: string): BundledPackage[] {
  const sizes = new Map<string, number>();
  const inputs = metafile.outputs[output]?.inputs;
  if (inputs === undefined) throw new Error(`${output} is not an output of this build`);
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const folder = packageFolder(path) ?? ownCode;
    sizes.set(folder, (sizes.get(folder) ?? 0) + bytesInOutput);
  }
  return [...sizes]
    .map(([folder, bytes]) => ({ name: folder === ownCode ? ownCode : packageName(folder), folder, bytes }))
    .sort((a, b) => b.bytes - a.bytes || a.folder.localeCompare(b.folder, 'en'));
}

/** `node_modules/a/node_modules/@b/c/lib/x.js` → `node_modules/a/node_modules/@b/c`; undefined outside of a package */
function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function packageName(folder: string): string {
  return folder.slice(folder.lastIndexOf('node_modules/')).replace('node_modules/', '');
}

/**
 * The packages that run as soon as the bundle is loaded: those that static imports and plain `require` calls reach
 * from the entry point. What `import()` alone reaches is not among them.
 */
export function eagerPackages(metafile: Metafile, entry: string): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const next of metafile.inputs[path]?.imports ?? []) {
      if (next.external !== true && next.kind !== 'dynamic-import') visit(next.path);
    }
  };
  visit(entry);
  const folders = [...seen].map(packageFolder).filter((folder) => folder !== undefined);
  return new Set(folders.map(packageName));
}
