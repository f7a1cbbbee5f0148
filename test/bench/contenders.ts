import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../fake/tools.ts';

/** A tool in the race. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** it runs in the first round and every so many rounds after it */
  readonly everyRounds: number;
  /** undefined for a control that copies nothing */
  readonly copy: ((source: string, destination: string) => readonly string[]) | undefined;
  /** starts, says something short, and ends */
  readonly start: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export const control = 'node -e 0';
export const ours = 'promote';
export const peer = 'crane';

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
  const found = [promote(node, ours, {}), promote(node, `${ours}+cache`, { NODE_COMPILE_CACHE: cacheFolder })];
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
  return {
    name,
    version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    everyRounds: 1,
    // What is attached to an image is left behind by the others too.
    copy: (source, destination) => [...command, 'copy', source, destination, '--no-attached'],
    start: [...command, '--version'],
    env,
  };
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
  return {
    name: peer,
    version: await saidBy(program, ['version']),
    everyRounds: 1,
    copy: (source, destination) => [program, 'copy', source, destination],
    start: [program, 'version'],
    env: {},
  };
}

/**
 * Runs less often: it is several times slower than the others, and its place is not in doubt. It would remember on
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
    copy: (source, destination) => [...copy, `docker://${source}`, `docker://${destination}`],
    start: [program, '--version'],
    env: { _CONTAINERS_ROOTLESS_UID: '1000', XDG_DATA_HOME: '/dev/null' },
  };
}

/** Shows what else the machine was doing in a round. */
function bareNode(node: string): Contender {
  const start = [node, '-e', '0'];
  return { name: control, version: process.version, everyRounds: 1, copy: undefined, start, env: {} };
}

async function saidBy(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args);
  return stdout.trim();
}
