import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../fake/tools.ts';
import type { Distance } from './ground.ts';

/** What one command copies: an image by its tag, every tag of an image, or every tag of every image below a path. */
export type Extent = 'image' | 'tags' | 'repository';

/** What a tool is told. */
export interface Errand {
  /** references; of an image with its tag, else without */
  readonly source: string;
  readonly destination: string;
  /** names of the images below a path, for a tool that cannot find them itself */
  readonly images: readonly string[];
}

export type Attached = 'follow' | 'leave';

/** A tool in the race. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** it runs in the first round and every so many rounds after it */
  readonly everyRounds: number;
  /** where it is raced */
  readonly distances: readonly Distance[];
  /** the command for each extent that it is raced over */
  readonly copies: Readonly<Partial<Record<Extent, (errand: Errand) => readonly string[]>>>;
  /** starts, says something short, and ends */
  readonly start: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const control = 'node -e 0';
export const ours = 'promote';
/** what crane does: its requests are what ours are held against */
export const oursAlone = 'promote --no-attached';
/** A substitution, which nobody else reads: a flag would need its parser, and a step is told by substitutions. */
export const leavingAttached: Readonly<Record<string, string>> = { _NO_ATTACHED: 'true' };
export const peer = 'crane';

const everywhere: readonly Distance[] = ['near', 'far'];
const root = join(import.meta.dirname, '../..');
const bundle = join(root, 'dist/promote.cjs');

/**
 * Whoever is there.
 * @param cacheFolder for Node's compile cache
 * @returns and the names of the tools that are not installed
 */
export async function findContenders(cacheFolder: string): Promise<{ found: Contender[]; missing: string[] }> {
  const node = projectNode();
  const tools = await Promise.all([crane(), skopeo()]);
  const found = [
    promote(node, ours, {}),
    cached(promote(node, `${ours}+cache`, { NODE_COMPILE_CACHE: cacheFolder })),
    { ...promote(node, oursAlone, leavingAttached), distances: ['far'] satisfies Distance[] },
  ];
  const missing = ['crane', 'skopeo'].filter((_name, index) => tools[index] === undefined);
  return { found: [...found, ...tools.filter((tool) => tool !== undefined), bareNode(node)], missing };
}

/** The Node that the project brings, which is the image's; else the one that runs this. */
function projectNode(): string {
  const [own] = globSync(join(root, `node_modules/node-linux-${process.arch}/bin/node`));
  return own !== undefined && existsSync(own) ? own : process.execPath;
}

function promote(node: string, name: string, env: Readonly<Record<string, string>>): Contender {
  const command = [node, ...imageFlags(), bundle];
  const copy =
    (...selection: readonly string[]) =>
    ({ source, destination }: Errand) => [...command, source, destination, ...selection];
  return {
    name,
    version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    everyRounds: 1,
    distances: everywhere,
    copies: { image: copy(), tags: copy('--all-tags'), repository: copy('--recursive') },
    start: [...command, '--version'],
    env,
  };
}

/** What the cache saves is a part of a short run's time, and shows in those. */
function cached({ copies: { image }, ...contender }: Contender): Contender {
  return { ...contender, distances: ['far'], copies: image === undefined ? {} : { image } };
}

/** The flags that the image gives to Node: what stands between it and the bundle in its entry point. */
function imageFlags(): readonly string[] {
  const [, entry = '[]'] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];
  const words: string[] = JSON.parse(entry);
  return words.slice(1, -1);
}

async function crane(): Promise<Contender | undefined> {
  const program = findTool('crane');
  if (program === undefined) return undefined;
  // It knows one image at a time; people loop over those that they know.
  const loop =
    'crane=$1 from=$2 to=$3; shift 3; for image; do "$crane" copy --all-tags "$from/$image" "$to/$image"; done';
  return {
    name: peer,
    version: await saidBy(program, ['version']),
    everyRounds: 1,
    distances: everywhere,
    copies: {
      image: ({ source, destination }) => [program, 'copy', source, destination],
      tags: ({ source, destination }) => [program, 'copy', '--all-tags', source, destination],
      repository: ({ source, destination, images }) => [
        ...['bash', '-euc', loop, 'bash', program, source, destination, ...images],
      ],
    },
    start: [program, 'version'],
    env: {},
  };
}

/**
 * Runs less often, and only with single images: it is several times slower than the others (27 times crane's time for
 * 40 tags), and its place is not in doubt. It would remember on
 * disk where it has seen each blob, and mount from there the next time; a build starts without such a memory.
 */
async function skopeo(): Promise<Contender | undefined> {
  const program = findTool('skopeo');
  if (program === undefined) return undefined;
  const copy = [program, '--insecure-policy', 'copy', '--all', '--quiet'];
  return {
    name: 'skopeo',
    version: (await saidBy(program, ['--version'])).replace('skopeo version ', ''),
    everyRounds: 3,
    distances: everywhere,
    copies: { image: ({ source, destination }) => [...copy, `docker://${source}`, `docker://${destination}`] },
    start: [program, '--version'],
    env: { _CONTAINERS_ROOTLESS_UID: '1000', XDG_DATA_HOME: '/dev/null' },
  };
}

/** Shows what else the machine was doing in a round. */
function bareNode(node: string): Contender {
  const start = [node, '-e', '0'];
  return { name: control, version: process.version, everyRounds: 1, distances: everywhere, copies: {}, start, env: {} };
}

async function saidBy(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args);
  return stdout.trim();
}
