import { version } from './cli/version.ts';

const words = process.argv.slice(2);
const oldestNode = 24;

// Nothing else is loaded for this: it is what people and scripts call to see whether the tool is there.
if (words.length === 1 && words[0] === '--version') process.stdout.write(`${version}\n`);
else if (Number.parseInt(process.versions.node, 10) < oldestNode) {
  // On an older one a proxy would be passed by without a word.
  process.stderr.write(`error USAGE: promote needs Node ${oldestNode} or later, and this is ${process.version}\n`);
  process.stderr.write('  hint: a checkout brings its own: PATH=node_modules/.bin:$PATH node dist/promote.cjs\n');
  process.exitCode = 2;
} else import('./process.ts').then(({ start }) => start(words, process.env));
